"""`affectone plot`: pictures of recordings, of what is measured in them and of what is predicted."""
