"""The style sheet of the HTML report; verdicts are told by words and marks, not by colour alone."""

STYLE = """
:root { color-scheme: light dark; --good: #146c2e; --doubt: #8a5a00; --bad: #b3261e;
  --line: #c8ccd2; --soft: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --good: #7bd88f; --doubt: #f2b84b; --bad: #ff8a80; --line: #4a4f57; --soft: #22262b; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", Arial, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 0 0 .5rem; font-size: 1.1rem; }
header, .card, .todo, .notes { border: 1px solid var(--line); border-left-width: .5rem;
  border-radius: .25rem; padding: .75rem 1rem; margin: 0 0 1rem; }
header p { margin: .25rem 0 0; }
.file { overflow-wrap: anywhere; }
.todo { background: var(--soft); }
.good { border-left-color: var(--good); }
.doubt { border-left-color: var(--doubt); }
.bad { border-left-color: var(--bad); }
header.good h1, .card.good strong, dd.good { color: var(--good); }
header.doubt h1, .card.doubt strong, dd.doubt { color: var(--doubt); }
header.bad h1, .card.bad strong, dd.bad { color: var(--bad); }
.good strong::before, header.good h1::before { content: "\\2713\\00a0"; }
.doubt strong::before, header.doubt h1::before { content: "?\\00a0"; }
.bad strong::before, header.bad h1::before { content: "\\2717\\00a0"; }
.act { font-weight: normal; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .15rem 1rem;
  margin: 0; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.25rem; }
details { margin-top: .75rem; }
details dl { font-size: .9rem; }
summary { cursor: pointer; }
summary:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
footer { font-size: .9rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@page { size: A4; margin: 15mm; }
@media print { body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  header, .card, .todo, .notes { break-inside: avoid; } details:not([open]) { display: none; } }
"""
"""Inline, so that the page is one file."""
