"""What people type or choose, checked and turned into what a use case takes."""
