// One document's result, laid out. Text is only ever set as text: nothing from a file becomes markup.

export function element(tag, properties = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "onclick") found.addEventListener("click", value);
    else if (value !== undefined && value !== "") found.setAttribute(name, value);
  }
  found.append(...children.filter((child) => child !== null && child !== undefined));
  return found;
}

function list(className, title, texts) {
  if (!texts.length) return null;
  const items = texts.map((text) => element("li", {}, text));
  return element("section", { class: className }, element("h4", {}, title), element("ul", {}, ...items));
}

function rows(found) {
  return element(
    "dl",
    {},
    ...found.flatMap(([label, text, tone], at) => {
      const repeated = at > 0 && found[at - 1][0] === label;
      const value = element("dd", { class: tone === "plain" ? "" : tone }, text);
      return [element("dt", {}, repeated ? element("span", { class: "unseen" }, label) : label), value];
    }),
  );
}

function card(found, words) {
  const title = element("h5", {}, `${found.title}: `, element("strong", {}, found.verdict));
  if (found.act) title.append(element("span", { class: "act" }, ` – ${found.act}`));
  const details = found.details.length
    ? element("details", {}, element("summary", {}, words.details), rows(found.details))
    : null;
  return element("section", { class: `card ${found.tone}` }, title, rows(found.rows), details);
}

function lines(found) {
  if (!found.length) return null;
  const rows = found.map((line) =>
    element("li", { class: line.tone, value: line.number }, `${line.text}: `, element("strong", {}, line.verdict)));
  return element("ol", { class: "lines" }, ...rows);
}

export function head(sheet, file) {
  return element(
    "header",
    {},
    element("h3", {}, sheet.verdict),
    file,
    ...sheet.explanations.map((text) => element("p", { class: "explanation" }, text)),
    element("p", {}, sheet.headline),
    sheet.story ? element("p", {}, sheet.story) : null,
  );
}

// What is read before anything is opened: the signatures, a line each, why, and what to do.
export function answer(sheet, words) {
  return [lines(sheet.lines), list("why", words.why, sheet.why), list("todo", words.todo, sheet.todos)];
}

export function body(sheet, words, open) {
  const cards = sheet.cards.map((found) => card(found, words));
  const signatures = cards.length
    ? element(
        "details",
        { class: "signatures", ...(open ? { open: "open" } : {}) },
        element("summary", {}, words.signatures.replace("{count}", cards.length)),
        ...cards,
      )
    : null;
  return [
    signatures,
    list("notes", words.notes, sheet.notes),
    element("p", { class: "circumstances" }, sheet.circumstances),
  ];
}
