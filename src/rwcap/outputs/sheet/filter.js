// Which pictures are shown, and in which order.

const SORTS = {
  name: (index) => pictures[index].name,
  words: (index) => wordCount(textOf(index)),
  length: (index) => textOf(index).length,
  faults: (index) => sum(pictures[index].captions, (each) => checksOf(each).length),
  cost: (index) => sum(pictures[index].captions, (each) => Number(each.cost ?? 0)),
};
const searched = [];

function sum(list, value) {
  return list.reduce((total, each) => total + value(each), 0);
}

/** Return all words of a picture in lower case. */
function searchedText(index) {
  if (edits.has(index)) return haystack(index);
  searched[index] ??= haystack(index);
  return searched[index];
}

function haystack(index) {
  const { name, captions } = pictures[index];
  const words = captions.flatMap((each, number) => [
    textOf(index, number),
    each.error ?? "",
    each.reply ?? "",
  ]);
  return [name, ...words].join("\n").toLowerCase();
}

/** Return the values of the filters. */
function readFilters() {
  const value = (id) => byId(id).value.trim();
  const range = (name) => {
    const [from, to] = [value(`${name}-from`), value(`${name}-to`)];
    return from || to ? [Number(from), to === "" ? Infinity : Number(to)] : null;
  };
  const folder = value("folder");
  return {
    search: value("search").toLowerCase().split(/\s+/).filter(Boolean),
    folder: !folder || folder.endsWith("/") ? folder : `${folder}/`,
    only: { marked: marks, edited: edits }[value("only")],
    status: value("status"),
    check: value("check"),
    words: range("words"),
    length: range("length"),
    cost: range("cost"),
  };
}

function isBetween(range, value) {
  if (!range) return true;
  const found = value();
  return found >= range[0] && found <= range[1];
}

function failsCheck(caption, check) {
  const checks = checksOf(caption);
  if (check === "*") return checks.length > 0;
  return check === "-" ? !checks.length : checks.includes(check);
}

function captionMatches(wanted, caption, text) {
  return (
    (!wanted.status || caption.status === wanted.status) &&
    (!wanted.check || failsCheck(caption, wanted.check)) &&
    isBetween(wanted.words, () => wordCount(text)) &&
    isBetween(wanted.length, () => text.length) &&
    isBetween(wanted.cost, () => Number(caption.cost ?? 0))
  );
}

/** Return the numbers of the pictures that are shown, in their order. */
function chosenPictures() {
  const wanted = readFilters();
  const found = [];
  pictures.forEach(({ name, captions }, index) => {
    if (
      (!wanted.only || wanted.only.has(index)) &&
      name.startsWith(wanted.folder) &&
      wanted.search.every((word) => searchedText(index).includes(word)) &&
      captions.some((each, number) => captionMatches(wanted, each, textOf(index, number)))
    )
      found.push(index);
  });
  return sorted(found, byId("sort").value);
}

function sorted(found, sort) {
  if (!sort) return found;
  const value = SORTS[sort.replace("-", "")];
  const sign = sort.startsWith("-") ? -1 : 1;
  const values = new Map(found.map((index) => [index, value(index)]));
  const compare = (one, other) =>
    typeof one === "string" ? (one < other ? -1 : Number(one > other)) : one - other;
  return found.sort((one, other) => sign * compare(values.get(one), values.get(other)) || one - other);
}

/** Fill the choices of the filters with what the pictures have. */
function fillFilters() {
  const captions = pictures.flatMap((picture) => picture.captions);
  fillSelect("status", countBy(captions, (each) => [each.status]));
  fillSelect("check", countBy(captions, checksOf));
  const folders = countBy(pictures, (each) => [folderOf(each.name)]);
  for (const folder of [...folders.keys()].filter(Boolean).sort().slice(0, 1000)) {
    const option = element("option");
    option.value = folder;
    byId("folders").append(option);
  }
  byId("cost").hidden = captions.every((each) => each.cost === undefined);
}

function countBy(list, keys) {
  const counts = new Map();
  for (const each of list) for (const key of keys(each)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function fillSelect(id, counts) {
  for (const [key, count] of [...counts].sort((one, other) => other[1] - one[1])) {
    const option = element("option", "", `${key} (${shownNumber(count)})`);
    option.value = key;
    if (facts.checks[key]) option.title = facts.checks[key];
    byId(id).append(option);
  }
}
