// The clerk's page: takes files, sends them to this service one after the other, shows what it says.
// It keeps everything in this tab; closing the tab forgets it.
import { answer, body, element, head, pages } from "./sheet.js";
import { zip } from "./zip.js";

const MB = 1024 * 1024;
const PAGE = "application/vnd.sigcheck.page+json";
const PICTURES = "application/vnd.sigcheck.pictures+json";
const by = (id) => document.getElementById(id);
const setup = await (await fetch("static/setup.json")).json();
const COUNTED = {
  "TOTAL-PASSED": "passed", INDETERMINATE: "open", "TOTAL-FAILED": "invalid", "NO-SIGNATURE": "unsigned", UNREADABLE: "unreadable",
};
const items = [];
let lang = remembered();
let running = 0;

const words = () => setup.words[lang];
const say = (key, facts = {}) =>
  Object.entries(facts).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), words()[key]);

function remembered() {
  let found = "";
  try { found = localStorage.getItem("lang") ?? ""; } catch { /* storage may be forbidden */ }
  return setup.languages.includes(found) ? found : setup.languages[0];
}

function speak(chosen) {
  lang = chosen;
  try { localStorage.setItem("lang", lang); } catch { /* then it is asked for again next time */ }
  document.documentElement.lang = lang;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = say(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.ariaLabel = say(node.dataset.label);
  for (const button of document.querySelectorAll("[data-lang]")) button.ariaPressed = String(button.dataset.lang === lang);
  for (const option of by("policy").options) option.textContent = policyName(option.value);
  by("about").textContent = say("about", { version: setup.version });
  by("trust").textContent = trustText();
  items.forEach(show);
  count();
}

function trustText() {
  const { oldest, ...trust } = setup.trust;
  const day = oldest ? new Date(oldest).toLocaleDateString("en-GB") : "";
  const lists = trust.lists ? say("trust_lists", { ...trust, oldest: day }) : say("trust_no_lists");
  return [say("trust", trust), lists, trust.ended ? say("trust_ended", trust) : ""].join(" ").trim();
}

const policyName = (id) => setup.policies[id][lang] ?? setup.policies[id].vi ?? id;

// --- files in -------------------------------------------------------------------------------------

function take(files) {
  for (const file of files) {
    const item = { file, state: "waiting", percent: 0, node: element("li", { tabindex: "-1" }), policy: by("policy").value };
    items.push(item);
    by("list").append(item.node);
    show(item);
  }
  by("results").hidden = items.length === 0;
  count();
  work();
}

function work() {
  while (running < setup.side_by_side) {
    const item = items.find((candidate) => candidate.state === "waiting");
    if (!item) return;
    running += 1;
    check(item).finally(() => { running -= 1; finished(item); work(); });
  }
}

async function check(item) {
  item.state = "uploading";
  item.percent = 0;
  show(item);
  if (item.file.size > setup.max_upload) {
    return fail(item, () => say("too_large", { limit: Math.floor(setup.max_upload / MB) }));
  }
  try {
    const { status, data } = await send(item, PAGE, {});
    const answer = JSON.parse(await data.text());
    if (status === 200) Object.assign(item, { state: "done", answer, drawing: null, drawn: null });
    else problem(item, status, answer);
  } catch {
    const gone = await unreadable(item.file);
    fail(item, () => say(gone ? "changed" : "network"));
  }
}

function problem(item, status, answer) {
  if (status === 401) {
    by("key-label").hidden = false;
    return fail(item, () => say("key_needed"));
  }
  fail(item, () => answer.detail);
}

function fail(item, why) {
  Object.assign(item, { state: "failed", why });
}

async function unreadable(file) {
  try { await file.slice(0, 1).arrayBuffer(); return false; } catch { return true; }
}

// XMLHttpRequest, for it alone tells how much has been sent.
function send(item, accept, more, route = "verify") {
  const query = new URLSearchParams({ policy: item.policy, lang, ...more });
  const request = new XMLHttpRequest();
  item.request = request;
  return new Promise((resolve, reject) => {
    request.open("POST", `v1/${route}?${query}`);
    request.responseType = "blob";
    request.setRequestHeader("Accept", accept);
    if (item.password) request.setRequestHeader("X-PDF-Password", encodeURIComponent(item.password));
    if (by("key").value) request.setRequestHeader("X-API-Key", by("key").value);
    request.upload.onprogress = (event) => progress(item, event);
    request.onload = () => resolve({ status: request.status, data: request.response });
    request.onerror = reject;
    request.onabort = reject;
    const form = new FormData();
    form.append("file", item.file, item.file.name);
    request.send(form);
  });
}

function progress(item, event) {
  if (item.state !== "uploading" && item.state !== "checking") return;
  item.percent = event.lengthComputable ? Math.round((100 * event.loaded) / event.total) : 0;
  item.state = item.percent < 100 ? "uploading" : "checking";
  const bar = item.node.querySelector("progress");
  if (bar && item.state === "uploading") bar.value = item.percent;
  const text = item.node.querySelector(".state");
  if (text) text.textContent = stateText(item);
}

const stateText = (item) => say(item.state, { percent: item.percent });

function finished(item) {
  if (!items.includes(item)) return;
  show(item);
  count();
  const verdict = item.state === "done" ? item.answer.sheets[lang].verdict : say("failed");
  by("spoken").append(element("span", {}, `${item.file.name}: ${verdict}. `));
}

// --- what is seen ---------------------------------------------------------------------------------

function show(item) {
  const focused = item.node.contains(document.activeElement);
  // While a file is checked again its fields are gone: the file keeps the focus, then they get it back.
  if (focused) item.focused = document.activeElement.dataset.action ?? item.focused;
  const opened = [...item.node.querySelectorAll("details")].map((found) => found.open);
  item.node.replaceChildren(article(item));
  item.node.querySelectorAll("details").forEach((found, at) => { found.open = opened[at] ?? found.open; });
  if (focused) (item.node.querySelector(`[data-action="${item.focused}"]`) ?? item.node).focus();
}

function article(item) {
  const file = element("p", { class: "name" }, item.file.name, element("span", { class: "size" }, ` · ${size(item.file.size)}`));
  if (item.state === "done") {
    const sheet = item.answer.sheets[lang];
    return element("article", { class: `file ${sheet.tone}` },
      head(sheet, file), locked(item), ...answer(sheet, words(), (number) => locate(item, number)), actions(item),
      ...body(sheet, words(), items.length === 1, pages(sheet, words(), item.drawn?.pages, item.drawn?.notes[lang], hands(item))));
  }
  if (item.state === "failed") {
    return element("article", { class: "file bad" },
      element("header", {}, element("h3", {}, say("failed")), file, element("p", { class: "trouble" }, item.why())), actions(item));
  }
  const bar = element("progress", { max: "100", "aria-label": item.file.name });
  if (item.state === "uploading") bar.value = item.percent;
  return element("article", { class: "file" },
    element("header", {}, file, element("p", { class: "state" }, stateText(item))), bar, actions(item));
}

// What the pages of a file call for: their pictures when they are opened, a card when a frame is chosen.
function hands(item) {
  return {
    opened: (details) => { if (details.open && !details.dataset.printed) draw(item); },
    chosen: (number) => {
      item.node.querySelector(".signatures").open = true;
      const card = item.node.querySelector(`[data-card="${number}"]`);
      card.scrollIntoView({ block: "center" });
      card.focus({ preventScroll: true });
    },
  };
}

async function locate(item, number) {
  item.node.querySelector(".pages").open = true;
  await draw(item);
  const place = item.node.querySelector(`[data-frame="${number}"]`) ?? item.node.querySelector(".pages summary");
  place?.scrollIntoView({ block: "center" });
  place?.focus({ preventScroll: true });
}

// Pages are drawn only for who wants to see them: once for each file.
function draw(item) {
  item.drawing ??= (async () => {
    try {
      const { status, data } = await send(item, PICTURES, { at: item.answer.validation_time });
      const drawn = JSON.parse(await data.text());
      item.drawn = status === 200 ? drawn : { pages: [], notes: { [lang]: [drawn.detail] } };
    } catch {
      item.drawn = { pages: [], notes: { [lang]: [say("network")] } };
    }
    if (items.includes(item) && item.state === "done") show(item);
  })();
  return item.drawing;
}

function locked(item) {
  if (!["DOC-PASSWORD-NEEDED", "DOC-PASSWORD-WRONG"].includes(item.answer.reason)) return null;
  const field = element("input", { type: "password", autocomplete: "off", "data-action": "password" });
  const form = element("form", { class: "locked" },
    element("label", {}, `${say("password")} `, field), element("button", {}, say("retry")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    item.password = field.value;
    retry(item);
  });
  return form;
}

function actions(item) {
  const button = (key, run) =>
    element("button", { type: "button", "data-action": key, "aria-label": `${say(key)}: ${item.file.name}`, onclick: run }, say(key));
  const done = item.state === "done";
  const read = done && item.answer.indication !== "UNREADABLE";
  return element("div", { class: "actions" },
    done ? button("download_html", () => download(item, "text/html", "html")) : null,
    done ? button("download_json", () => download(item, "application/json", "json")) : null,
    done && read ? button("download_evidence", () => download(item, "application/zip", "zip")) : null,
    done && item.answer.letter ? button("download_letter", () => download(item, "*/*", setup.letter, "letter")) : null,
    item.state === "failed" ? button("retry", () => retry(item)) : null,
    button("remove", () => remove(item)));
}

function size(bytes) {
  const number = (value) => value.toLocaleString(lang, { maximumFractionDigits: 1 });
  if (bytes < 1024) return `${number(bytes)} B`;
  return bytes < MB ? `${number(bytes / 1024)} KB` : `${number(bytes / MB)} MB`;
}

function count() {
  const over = items.filter((item) => item.state === "done" || item.state === "failed");
  const totals = Object.fromEntries(Object.values(COUNTED).map((name) => [name, 0]));
  let failed = 0;
  for (const item of over) {
    if (item.state === "done") totals[COUNTED[item.answer.indication]] += 1;
    else failed += 1;
  }
  const done = say("done", { done: over.length, count: items.length });
  const parts = [say("totals", totals), ...(failed ? [say("totals_failed", { failed })] : [])];
  by("status").textContent = items.length ? `${done}: ${parts.join(" · ")}` : "";
  by("results").hidden = items.length === 0;
  by("list-xlsx").hidden = !setup.xlsx || !judged().length;
  by("all-reports").hidden = !judged().length;
}

// --- what the buttons do --------------------------------------------------------------------------

function retry(item) {
  item.state = "waiting";
  show(item);
  count();
  work();
}

function remove(item) {
  const at = items.indexOf(item);
  items.splice(at, 1);
  item.request?.abort();
  item.node.remove();
  count();
  (items[Math.min(at, items.length - 1)]?.node.querySelector("button") ?? by("choose")).focus();
}

async function download(item, type, ending, route) {
  // Asked for as of the same moment: the page keeps no second copy, the service none at all.
  const at = item.answer.validation_time;
  try {
    const { status, data } = await send(item, type, { at }, route);
    if (status === 200) return save(data, item, ending);
    problem(item, status, JSON.parse(await data.text()));
  } catch {
    const gone = await unreadable(item.file);
    fail(item, () => say(gone ? "changed" : "network"));
  }
  finished(item);
}

const reportName = (item, ending) => `${item.file.name.replace(/\.pdf$/i, "")}.sigcheck.${ending}`;
const save = (data, item, ending) => offer(data, reportName(item, ending));
const judged = () => items.filter((item) => item.state === "done");

async function listed() {
  const rows = judged().flatMap((item) => item.answer.rows[lang]);
  const headers = { "Content-Type": "application/json", ...(by("key").value ? { "X-API-Key": by("key").value } : {}) };
  const found = await fetch("list.xlsx", { method: "POST", headers, body: JSON.stringify({ lang, rows }) });
  if (!found.ok) throw new Error((await found.json()).detail);
  return found.blob();
}

async function downloadAll() {
  const files = [];
  const used = new Set();
  for (const [at, item] of judged().entries()) {
    by("collecting").textContent = say("collecting", { done: at + 1, count: judged().length });
    const { status, data } = await send(item, "text/html", { at: item.answer.validation_time });
    if (status !== 200) throw new Error(JSON.parse(await data.text()).detail);
    let name = reportName(item, "html");
    for (let again = 2; used.has(name); again += 1) name = reportName(item, `${again}.html`);
    used.add(name);
    files.push([name, new Uint8Array(await data.arrayBuffer())]);
  }
  if (setup.xlsx) files.push([say("list_name"), new Uint8Array(await (await listed()).arrayBuffer())]);
  offer(zip(files), say("all_name"));
}

// One at a time: the button that was pressed is busy until its file is there.
async function busy(button, run) {
  button.disabled = true;
  by("collecting").textContent = "";
  try {
    await run();
    by("collecting").textContent = "";
  } catch (problem) {
    by("collecting").textContent = problem?.message || say("network");
  }
  button.disabled = false;
  button.focus();
}

function offer(data, name) {
  const url = URL.createObjectURL(data);
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// --- hands on -------------------------------------------------------------------------------------

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
// The whole window takes files: one that misses the frame must not replace the page.
window.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  by("drop").classList.add("over");
});
window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) by("drop").classList.remove("over"); });
window.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  by("drop").classList.remove("over");
  take(event.dataTransfer.files);
});
by("choose").addEventListener("click", () => by("files").click());
by("files").addEventListener("change", () => { take(by("files").files); by("files").value = ""; });
by("list-xlsx").addEventListener("click", () => busy(by("list-xlsx"), async () => offer(await listed(), say("list_name"))));
by("all-reports").addEventListener("click", () => busy(by("all-reports"), downloadAll));
by("clear").addEventListener("click", () => {
  for (const item of items.splice(0)) { item.request?.abort(); item.node.remove(); }
  by("spoken").replaceChildren();
  count();
  by("choose").focus();
});
// On paper nothing can be opened: all of it is printed, and closed again afterwards.
window.addEventListener("beforeprint", () => {
  for (const found of document.querySelectorAll("details:not([open])")) {
    found.dataset.printed = "true";
    found.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const found of document.querySelectorAll("details[data-printed]")) {
    found.open = false;
    delete found.dataset.printed;
  }
});
for (const button of document.querySelectorAll("[data-lang]")) button.addEventListener("click", () => speak(button.dataset.lang));
for (const id of Object.keys(setup.policies)) by("policy").append(element("option", { value: id }));
by("policy").value = setup.default_policy;
by("key-label").hidden = !setup.keys;
speak(lang);
document.documentElement.dataset.ready = "true";
