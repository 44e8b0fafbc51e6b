"""What figures and the page share: colours, words, coasts. Knows no library that draws."""
