"""What a simulated host prints: one function a probe section, the same raw text as the tools of a real host."""
