"""The words and nouns of the rule language: each short, each with its CQL counterpart."""
