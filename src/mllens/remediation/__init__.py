"""The way back: a plan that closes gaps, applying it, proving that it did, and taking it back."""
