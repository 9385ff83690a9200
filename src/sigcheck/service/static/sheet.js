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

export function head(sheet, file) {
  return element(
    "header",
    {},
    element("h3", {}, sheet.verdict),
    file,
    element("p", {}, sheet.headline),
    sheet.story ? element("p", {}, sheet.story) : null,
  );
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
    list("todo", words.todo, sheet.todos),
    signatures,
    list("notes", words.notes, sheet.notes),
    element("p", { class: "circumstances" }, sheet.circumstances),
  ];
}
