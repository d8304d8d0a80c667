// What leaves the page: the list of marked pictures, the command, the edited texts.

/** Return the bytes of the name of a picture. */
function nameBytes(picture) {
  if (picture.path64) return Uint8Array.from(atob(picture.path64), (each) => each.charCodeAt(0));
  return new TextEncoder().encode(picture.name);
}

function markedPictures() {
  return [...marks].sort((one, other) => one - other).map((index) => pictures[index]).filter((each) => !each.unnamed);
}

/** Return whether a name has a line end, so that the list must end names with NUL. */
function needNul(list) {
  return list.some((each) => /[\r\n]/.test(each.name));
}

function listParts() {
  const list = markedPictures();
  const end = new TextEncoder().encode(needNul(list) ? "\0" : "\n");
  return list.flatMap((each) => [nameBytes(each), end]);
}

function commandText() {
  const nul = needNul(markedPictures()) ? ["-0"] : [];
  const words = ["rwcap", "batch", "--files-from", "marked.txt", ...nul, ...facts.command];
  return [...facts.variables, ...words].join(" ");
}

/** Return the edited texts as CSV with the columns `source` and `text`. */
function textsCsv() {
  const lines = [...edits]
    .sort(([one], [other]) => one - other)
    .map(([index, { text }]) => {
      const { name, cell } = pictures[index];
      return `${csvCell(cell ?? name)},${csvCell(text)}\n`;
    });
  return ["source,text\n", ...lines].join("");
}

function save(name, parts, type) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`Saved as ${name}.`);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyOldWay(text)) {
      say("The browser does not allow copying: use Save.");
      return;
    }
  }
  say(`Copied: ${what}.`);
}

function copyOldWay(text) {
  const field = element("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

function copyList() {
  const list = markedPictures();
  if (needNul(list) || list.some((each) => each.path64)) {
    say("A name cannot be copied as text: use Save.");
    return;
  }
  copy(list.map((each) => `${each.name}\n`).join(""), counted(list.length, "name"));
}

function say(message) {
  byId("message").textContent = message;
}

/** Show how many pictures are marked and edited. */
function showCounts() {
  byId("marked").hidden = marks.size === 0;
  byId("marked-count").textContent = `${shownNumber(marks.size)} marked`;
  byId("again").hidden = facts.command.length === 0;
  byId("replaces").hidden = !facts.command.includes("overwrite");
  byId("command").textContent = facts.command.length ? commandText() : "";
  byId("edited").hidden = edits.size === 0;
  byId("edited-count").textContent = `${shownNumber(edits.size)} edited`;
}

byId("save-list").addEventListener("click", () => save("marked.txt", listParts(), "application/octet-stream"));
byId("copy-list").addEventListener("click", copyList);
byId("copy-command").addEventListener("click", () => copy(commandText(), "the command"));
byId("save-texts").addEventListener("click", () => save("edited.csv", [textsCsv()], "text/csv"));
byId("copy-texts").addEventListener("click", () => copy(textsCsv(), counted(edits.size, "text")));
byId("unmark").addEventListener("click", () => {
  marks.clear();
  keep();
  showCounts();
  forgetRows();
});
byId("mark-shown").addEventListener("click", () => {
  for (const index of shown) marks.add(index);
  keep();
  showCounts();
  forgetRows();
});
