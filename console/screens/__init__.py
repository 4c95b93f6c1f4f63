"""The Textual application and its screens. Nothing else in console/ imports Textual."""
