// Suggestions while typing: a combobox (WAI-ARIA 1.2) on a field that works as well without.

const field = document.getElementById("q");
const form = field.form;
const help = document.getElementById("q-help");
const list = document.createElement("ul");
const PAUSE = 150;

let asked = "";
let chosen = -1;
let waiting;
let under = new AbortController();

Object.assign(list, { id: "q-list", className: "suggestions", role: "listbox", hidden: true });
list.setAttribute("aria-label", form.querySelector("label").textContent);
form.append(list);
for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) {
  field.setAttribute(name, value);
}

const words = help.dataset.kinds.split(" ");
const kinds = Object.fromEntries(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1]]] : [])));
const options = () => [...list.children];

function fold() {
  list.hidden = true;
  chosen = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
  help.textContent = "";
}

function mark(index) {
  const all = options();
  chosen = all.length === 0 ? -1 : (index + all.length + 1) % (all.length + 1);
  if (chosen === all.length) chosen = -1;
  all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
  if (chosen < 0) {
    field.removeAttribute("aria-activedescendant");
  } else {
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }
}

function take(option) {
  field.value = option.dataset.text;
  fold();
  form.requestSubmit();
}

/** The text with what was typed in it made to stand out. */
function marked(text) {
  const start = text.toLowerCase().indexOf(asked.toLowerCase());
  if (start < 0) return [text];
  const mark = document.createElement("mark");
  mark.textContent = text.slice(start, start + asked.length);
  return [text.slice(0, start), mark, text.slice(start + asked.length)];
}

function show(items) {
  list.replaceChildren(
    ...items.map((item, i) => {
      const option = document.createElement("li");
      const kind = document.createElement("span");
      option.id = `q-option-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.text = item.text;
      const words = document.createElement("span");
      words.append(...marked(item.text));
      kind.className = "kind";
      kind.textContent = kinds[item.kind] ?? "";
      option.append(words, kind);
      return option;
    }),
  );
  const any = items.length > 0;
  list.hidden = !any;
  chosen = -1;
  field.setAttribute("aria-expanded", String(any));
  field.removeAttribute("aria-activedescendant");
  help.textContent = any ? `${items.length} ${help.dataset.found}` : "";
}

async function suggest() {
  const typed = field.value.trim();
  if (typed === asked) return;
  asked = typed;
  under.abort();
  under = new AbortController();
  if (typed === "") return fold();
  const query = new URLSearchParams({ q: typed, limit: "8" });
  const owner = new URLSearchParams(location.search).get("owner");
  if (owner) query.set("owner", owner);
  try {
    const answer = await fetch(`/v1/suggest?${query}`, { signal: under.signal, headers: { Accept: "application/json" } });
    if (answer.ok) show((await answer.json()).items);
  } catch {
    // No suggestion is no loss: the form works by itself.
  }
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, PAUSE);
});
field.addEventListener("keydown", (event) => {
  if (list.hidden) return;
  if (event.key === "ArrowDown") mark(chosen + 1);
  else if (event.key === "ArrowUp") mark(chosen < 0 ? options().length - 1 : chosen - 1);
  else if (event.key === "Escape") fold();
  else if (event.key === "Enter" && chosen >= 0) take(options()[chosen]);
  else return;
  event.preventDefault();
});
field.addEventListener("blur", fold);
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const option = event.target.closest("li");
  if (option) take(option);
});
