"""The rule language: expressions, words, the rulebook and its evaluation."""
