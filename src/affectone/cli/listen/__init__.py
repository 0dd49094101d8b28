"""`affectone listen`: what sound that comes in live is like, and what happens then."""
