// The chosen picture: all that is known of it, and its caption to edit.

const details = byId("details");

function showDetails(index) {
  const picture = pictures[index];
  document.body.classList.add("with-details");
  details.hidden = false;
  const close = element("button", "close", "Close");
  close.addEventListener("click", hideDetails);
  const url = thumbnailOf(index);
  const thumb = url ? element("img", "thumb") : element("p", "thumb no-thumb", "no picture");
  if (url) {
    thumb.alt = "";
    thumb.src = url;
  }
  const name = element("h2", "", shownName(picture.name));
  const sections = picture.captions.map((caption, number) => newSection(index, number, caption));
  details.replaceChildren(close, thumb, name, ...sections);
  details.scrollTop = 0;
}

function hideDetails() {
  const before = current;
  current = null;
  details.hidden = true;
  details.replaceChildren();
  document.body.classList.remove("with-details");
  if (before !== null) redraw(before);
  drawSoon();
}

function newSection(index, number, caption) {
  const section = element("section");
  if (caption.label) section.append(element("p", "label", shownName(caption.label)));
  const field = element("textarea");
  field.value = textOf(index, number);
  field.dir = directionOf(field.value);
  field.setAttribute("aria-label", `Caption${caption.label ? `, ${shownName(caption.label)}` : ""}`);
  field.readOnly = !facts.is_editable || pictures[index].unnamed === true;
  const back = element("button", "back", "Undo the edit");
  const isEdited = () => edits.get(index)?.number === number;
  back.hidden = !isEdited();
  back.addEventListener("click", () => {
    field.value = caption.text ?? "";
    changed();
  });
  const changed = () => {
    edit(index, number, field.value);
    back.hidden = !isEdited();
    redraw(index);
    showCounts();
  };
  field.addEventListener("input", changed);
  section.append(field, back, newList(caption));
  return section;
}

function newList(caption) {
  const found = element("dl");
  const add = (term, text, className = "") => {
    if (text === undefined || text === null) return;
    found.append(element("dt", "", term), element("dd", className, text));
  };
  add("Status", caption.status);
  add("Error", caption.error, "error");
  for (const [check, excerpt] of Object.entries(caption.checks ?? {})) {
    add(check, facts.checks[check] ?? "", "error");
    add("", excerpt);
  }
  add("Cost", caption.cost === undefined ? null : `$${caption.cost}`);
  add("Prompt", promptOf(caption));
  add("Reply", caption.reply);
  add("Before", caption.before);
  return found;
}
