"""The Textual application and its screens. Beside it only console.wizards and the widgets know Textual."""
