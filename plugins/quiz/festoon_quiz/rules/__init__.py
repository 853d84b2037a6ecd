"""The rules of the quiz, pure: no input or output, no clock and no chance but what is passed in.

`questions` → `judging` (right or wrong) and `timing` (how fast, who was first) → `points` →
`certificate` (all of it, so that anyone can compute it again); `seal` closes a question that is
sent ahead. `docs/explanation/fair-quiz.md` tells the rules in words.
"""
