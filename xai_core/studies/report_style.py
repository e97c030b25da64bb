"""How a report looks on a screen and on A4, and its only script, which saves the answers."""

STYLE = """
:root { color-scheme: light; --ink: #16191d; --quiet: #5b636d; --line: #d9dee3; --accent: #0b6e99; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; margin: 0 auto;
  padding: 2.5rem 2rem 4rem; max-width: 1080px; }
h1 { font-size: 1.9rem; font-weight: 600; line-height: 1.2; margin: 0 0 0.3rem; }
h2 { font-size: 1.3rem; font-weight: 600; margin: 0 0 0.4rem; line-height: 1.3; }
p { margin: 0.4rem 0; max-width: 46rem; overflow-wrap: anywhere; }
section { margin-top: 2.8rem; padding-top: 1.4rem; border-top: 1px solid var(--line); }
nav ol { list-style: none; padding: 0; columns: 2; margin: 1.2rem 0 0; }
nav a { color: var(--accent); text-decoration: none; }
.source, .with, .note, figcaption, caption, .tiles span { color: var(--quiet); font-size: 0.9rem; }
.note { border-left: 3px solid var(--line); padding-left: 0.7rem; }
.mark { font-size: 0.75rem; font-weight: 600; color: #7a4b00; background: #fff1d6; border-radius: 4px;
  padding: 0.15rem 0.45rem; vertical-align: middle; }
figure { margin: 1.3rem 0; break-inside: avoid; }
figure svg { display: block; width: min(100%, 720px); height: auto; }
.tiles { display: grid; gap: 0.8rem; grid-template-columns: repeat(var(--across), minmax(0, 1fr));
  max-width: calc(var(--across) * 250px); }
.tiles div { break-inside: avoid; }
.tiles img { display: block; width: 100%; border: 1px solid var(--line); }
.tiles span { display: block; line-height: 1.3; margin-top: 0.25rem; overflow-wrap: anywhere; }
figcaption { margin-top: 0.5rem; max-width: 46rem; }
.wide { overflow-x: auto; margin: 1.3rem 0; }
table { border-collapse: collapse; min-width: min(100%, 24rem); font-size: 0.92rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.4rem; }
th, td { text-align: left; padding: 0.35rem 1.1rem 0.35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; }
.clause { position: relative; cursor: help; text-decoration: underline dotted #aeb8c1;
  text-underline-offset: 4px; }
.clause.open { color: var(--quiet); }
.proof { display: none; position: absolute; left: 0; top: 100%; z-index: 2; background: #fff;
  border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.8rem; font-size: 0.85rem;
  width: max-content; max-width: 90vw; color: var(--ink); box-shadow: 0 4px 14px rgb(0 0 0 / 0.12); }
.proof span { display: block; }
.clause:hover .proof, .clause:focus .proof { display: block; }
.question { margin-top: 1.2rem; break-inside: avoid; }
.answer { min-height: 5rem; border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.8rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.answer:focus { outline: 2px solid var(--accent); outline-offset: 1px; }
footer { margin-top: 2rem; }
button { font: inherit; padding: 0.4rem 0.9rem; border: 1px solid var(--accent); border-radius: 6px;
  background: #fff; color: var(--accent); cursor: pointer; }
@media (max-width: 600px) {
  body { padding: 1.2rem 1rem 3rem; }
  nav ol { columns: 1; }
  .tiles { grid-template-columns: repeat(min(2, var(--across)), minmax(0, 1fr)); }
}
@page { size: A4; margin: 18mm 16mm; }
@media print {
  :root { font-size: 10pt; }
  body { font-size: 1rem; line-height: 1.4; padding: 0; max-width: none; }
  p, figcaption { max-width: none; }
  figure, .wide { margin: 0.9rem 0; }
  .screen, .proof { display: none !important; }
  section { break-before: page; border-top: 0; margin-top: 0; padding-top: 0; }
  h2, caption { break-after: avoid; }
  tr, .wide { break-inside: avoid; }
  figure svg { width: 125mm; }
  .answer { min-height: 15mm; }
  .tiles span { font-size: 0.75rem; margin-top: 0.1rem; }
  .tiles { grid-template-columns: repeat(var(--on-paper), minmax(0, 1fr)); gap: 3mm;
    max-width: min(100%, calc(var(--on-paper) * 46mm)); }
  .clause { text-decoration: none; }
  table { font-size: 8.5pt; }
  th, td { padding: 0.2rem 0.6rem 0.2rem 0; }
  .question { margin-top: 0.8rem; }
  nav a { color: inherit; }
}
"""
SCRIPT = """
document.getElementById("save").addEventListener("click", () => {
  const answers = {};
  for (const slot of document.querySelectorAll(".answer")) answers[slot.dataset.key] = slot.innerText.trim();
  const study = document.body.dataset.study;
  const text = JSON.stringify({format: "saliency-lab answers", study, answers}, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
  link.download = "answers.json";
  link.click();
});
"""
