"""A grammar of tricks: signed documents, what hides in them, updates, odd ways of writing."""
