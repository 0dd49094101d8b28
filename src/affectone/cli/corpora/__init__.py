"""`affectone corpora`: what labelled speech there is, scanned, checked, split and shown."""
