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

function card(found, number, words) {
  const title = element("h5", {}, `${found.title}: `, element("strong", {}, found.verdict));
  if (found.act) title.append(element("span", { class: "act" }, ` – ${found.act}`));
  const details = found.details.length
    ? element("details", {}, element("summary", {}, words.details), rows(found.details))
    : null;
  return element("section", { class: `card ${found.tone}`, "data-card": String(number), tabindex: "-1" }, title, rows(found.rows), details);
}

function lines(found, words, locate) {
  if (!found.length) return null;
  const rows = found.map((line) =>
    element("li", { class: line.tone, value: line.number }, `${line.text}: `, element("strong", {}, line.verdict), place(line, words, locate)));
  return element("ol", { class: "lines" }, ...rows);
}

function place(line, words, locate) {
  if (!line.page) return null;
  const name = words.show_place.replace("{number}", line.number).replace("{page}", line.page);
  return element("button", { type: "button", class: "place", "data-action": `place-${line.number}`, "aria-label": name, title: name, onclick: () => locate(line.number) },
    words.on_page.replace("{page}", line.page));
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
export function answer(sheet, words, locate) {
  return [lines(sheet.lines, words, locate), list("why", words.why, sheet.why), list("todo", words.todo, sheet.todos)];
}

export function body(sheet, words, open, pages) {
  const cards = sheet.cards.map((found, at) => card(found, at + 1, words));
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
    pages,
    list("notes", words.notes, sheet.notes),
    element("p", { class: "circumstances" }, sheet.circumstances),
  ];
}

// The pages: a row for each, and their pictures once the service has drawn them.
export function pages(sheet, words, drawn, notes, hands) {
  if (!sheet.lines.length) return null;
  const tones = new Map(sheet.lines.map((line) => [line.number, line.tone]));
  const figures = (drawn ?? []).map((picture) => figure(picture, tones, words, hands));
  const said = drawn ? notes ?? [] : [words.drawing];
  const found = element(
    "details",
    { class: "pages" },
    element("summary", {}, words.pages),
    history(sheet.pages),
    element("div", { class: "pictures" }, ...figures),
    ...said.map((text) => element("p", { class: "aside" }, text)),
  );
  found.addEventListener("toggle", () => hands.opened(found));
  return found;
}

function history(found) {
  const cell = (value) => element("td", {}, ...(Array.isArray(value) ? value.map((text) => element("p", {}, text)) : [value]));
  const heads = element("tr", {}, ...found.heads.map((text) => element("th", { scope: "col" }, text)));
  const rows = found.rows.map((row) => element("tr", {}, ...row.map(cell)));
  return element("div", { class: "wide", tabindex: "0", role: "group", "aria-label": found.heads[0] },
    element("table", {}, element("thead", {}, heads), element("tbody", {}, ...rows)));
}

function figure(picture, tones, words, hands) {
  const caption = words.on_page.replace("{page}", picture.page);
  const image = element("img", { src: `data:image/png;base64,${picture.png}`, alt: caption, width: picture.width, height: picture.height });
  const frames = picture.marks.map((mark) => frame(mark, tones.get(mark.number), words, hands));
  return element("figure", {}, element("div", { class: "sheet-of" }, image, ...frames), element("figcaption", {}, caption));
}

function frame(mark, tone, words, hands) {
  const name = words.show_card.replace("{number}", mark.number);
  const found = element("button",
    { type: "button", class: `frame ${tone}`, "data-frame": String(mark.number), "data-action": `frame-${mark.number}`, "aria-label": name, title: name, onclick: () => hands.chosen(mark.number) },
    element("span", {}, String(mark.number)));
  for (const side of ["left", "top", "width", "height"]) found.style[side] = `${100 * mark[side]}%`;
  return found;
}
