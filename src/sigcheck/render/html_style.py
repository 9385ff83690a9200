"""The style sheet of the HTML report; verdicts are told by words and marks, not by colour alone."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1d20; --line: #c8ccd2; --soft: #f3f5f7;
  --aside: #555b63; --good: #146c2e; --doubt: #7d5200; --bad: #b3261e; --link: #0b57a4;
  --good-soft: #e9f5ec; --doubt-soft: #fdf3dc; --bad-soft: #fcebea; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #17191c; --ink: #e6e8eb; --line: #4a4f57; --soft: #22262b; --aside: #a9b0b9;
    --good: #7bd88f; --doubt: #f2b84b; --bad: #ff8a80; --link: #8ab8f0;
    --good-soft: #1b2b20; --doubt-soft: #2e2716; --bad-soft: #331d1c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; }
h2 { margin: 1.75rem 0 .6rem; font-size: 1.2rem; }
h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
p { margin: .25rem 0 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
article + article { margin-top: 3rem; border-top: 3px solid var(--line); padding-top: 1.5rem; }
article > header, .card, .todo { border: 1px solid var(--line);
  border-left: .5rem solid var(--line); border-radius: .3rem; padding: .9rem 1.1rem;
  margin: 0 0 1rem; scroll-margin-top: 1rem; }
.headline { font-size: 1.1rem; font-weight: 600; }
.file { overflow-wrap: anywhere; }
.aside { color: var(--aside); font-size: .875rem; }
.todo { background: var(--soft); }
.todo h2 { margin-top: 0; }
header.good, .card.good, .history li.good { border-left-color: var(--good); }
header.doubt, .card.doubt, .history li.doubt { border-left-color: var(--doubt); }
header.bad, .card.bad, .history li.bad { border-left-color: var(--bad); }
header.good { background: var(--good-soft); }
header.doubt { background: var(--doubt-soft); }
header.bad { background: var(--bad-soft); }
header.good h1, .good > h3 strong, dd.good, li.good strong { color: var(--good); }
header.doubt h1, .doubt > h3 strong, dd.doubt, li.doubt strong { color: var(--doubt); }
header.bad h1, .bad > h3 strong, dd.bad, li.bad strong { color: var(--bad); }
header.good h1::before, .good > h3 strong::before,
  li.good strong::before { content: "\\2713\\00a0"; }
header.doubt h1::before, .doubt > h3 strong::before,
  li.doubt strong::before { content: "?\\00a0"; }
header.bad h1::before, .bad > h3 strong::before, li.bad strong::before { content: "\\2717\\00a0"; }
.act { font-weight: normal; }
.act::before { content: "\\2013\\00a0"; }
dl { display: grid; grid-template-columns: minmax(8.5rem, max-content) 1fr; gap: .2rem 1rem;
  margin: 0; }
dt { font-weight: 600; grid-column: 1; }
dd { margin: 0; overflow-wrap: anywhere; grid-column: 2; }
ul { margin: 0; padding-left: 1.25rem; }
details { margin-top: .75rem; }
details dl { font-size: .875rem; margin-top: .5rem; }
summary { cursor: pointer; color: var(--link); }
.overview ol { padding-left: 2rem; }
.history ol { list-style: none; margin: 0; padding: 0; }
.history li { border-left: .3rem solid var(--line); padding: .35rem 0 .6rem 1rem; }
.pages { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-bottom: 1.5rem; }
figure { margin: 0; }
figcaption { color: var(--aside); font-size: .875rem; text-align: center; }
.sheet { position: relative; line-height: 0; border: 1px solid var(--line); background: #fff; }
.sheet img { width: 100%; height: auto; }
.frame { position: absolute; border: 2px solid #555; min-width: 10px; min-height: 10px;
  line-height: 1; }
.frame span { position: absolute; right: -2px; bottom: 100%; padding: 1px 5px;
  font-size: .75rem; font-weight: 700; background: #555; color: #fff; }
a.frame { text-decoration: none; }
.frame.good { border-color: #146c2e; } .frame.good span { background: #146c2e; }
.frame.doubt { border-color: #a86a00; border-style: dashed; }
.frame.doubt span { background: #7d5200; }
.frame.bad { border-color: #b3261e; border-style: double; border-width: 4px; }
.frame.bad span { background: #b3261e; }
.frame.differs { border-color: #c2185b; background: rgb(255 214 0 / 22%); margin: -3px;
  box-sizing: content-box; padding: 1px; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .75rem;
  font-size: .875rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt, dd { grid-column: 1; }
  dd { margin-bottom: .4rem; } }
@page { size: A4; margin: 15mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
@media print {
  :root { --paper: #fff; --ink: #000; --line: #b5bac1; --soft: #f3f5f7; --aside: #444;
    --good: #146c2e; --doubt: #7d5200; --bad: #b3261e; --link: #000;
    --good-soft: #fff; --doubt-soft: #fff; --bad-soft: #fff; }
  body { font-size: 10pt; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  article > header, .card, .todo, .history li, figure, .sides { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  article + article { break-before: page; border: 0; margin: 0; padding: 0; }
  .pages { grid-template-columns: repeat(4, 1fr); }
  .sides { grid-template-columns: 72mm 72mm; }
  details:not([open]) { display: none; } }
"""
"""Inline, so that the page is one file."""
