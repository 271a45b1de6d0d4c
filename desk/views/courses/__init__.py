"""What becomes of a plan and its doses. One small page each."""
