// What scripts add to pages that already work without them: copy and print buttons, the "not saved yet" mark,
// a callback URL that switches its grant on, many lines pasted into a list at once, "/" for search, Escape for menus.
// No eval, no markup from strings.
const byId = (id) => document.getElementById(id);

const say = (text) => {
  const live = byId('live');
  if (live) live.textContent = text;
};

const select = (node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
};

// When each button that was pressed loses its tick again.
const ticks = new WeakMap();

// The clipboard is missing on plain http and may be refused; the text is then selected, one key away.
const copy = async (button) => {
  const source = byId(button.dataset.copy);
  if (!source) return;
  const what = button.dataset.what || 'Text';
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
  } catch {
    select(source);
    say(`${what} selected. Press Ctrl or Command and C to copy.`);
    return;
  }
  say(`${what} copied`);
  const use = button.querySelector('use');
  if (!use) return;
  const show = (name) => use.setAttribute('href', use.getAttribute('href').replace(/#\w+$/, `#${name}`));
  show('check');
  clearTimeout(ticks.get(button));
  ticks.set(button, setTimeout(() => show('copy'), 1500));
};

const typing = (target) => target.closest('input, textarea, select, [contenteditable]');

// Keys of the control center: each page that a key leads to is a link on the page, or it is not offered.
const places = { a: '/console/applications', u: '/console/users', r: '/console/resources', o: '/console' };
let wentAt = -Infinity;

const follow = (href) => {
  const link = document.querySelector(`.side a[href="${href}"], .top a[href="${href}"]`);
  if (link) location.assign(link.href);
};

// Whoever dictates or presses keys by accident can do without; the browser remembers it.
const areOff = () => localStorage.getItem('keys') === 'off';

const keysPressed = (button) => {
  if (button.dataset.keys === 'show') byId('keys').showModal();
  else localStorage.setItem('keys', areOff() ? 'on' : 'off');
  byId('keys').querySelector('[data-keys]').setAttribute('aria-pressed', areOff());
};

const shortcut = (event) => {
  if (areOff()) return;
  const afterG = event.timeStamp - wentAt < 1500;
  wentAt = event.key === 'g' ? event.timeStamp : -Infinity;
  if (afterG && places[event.key]) follow(places[event.key]);
  else if (event.key === 'n') follow('/console/applications/new');
  else if (event.key === '?') {
    const keys = byId('keys');
    if (keys) keys.showModal();
  } else if (event.key === '/') {
    const search = byId('q');
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
};

addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copy(button);
  if (event.target.closest('[data-print]')) print();
  const key = event.target.closest('[data-keys]');
  if (key) keysPressed(key);
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    const menu = event.target.closest('details.menu[open], .drawer details[open]');
    if (menu) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  }
  if (!event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) shortcut(event);
});

// A grant that needs a callback URL is locked until one of the fields that name it holds a valid address.
const enablers = [...document.querySelectorAll('[data-enables]')];
for (const field of enablers) {
  field.addEventListener('input', () => {
    const box = byId(field.dataset.enables);
    if (!box) return;
    const on = enablers.some((f) => f.dataset.enables === box.id && f.value && f.checkValidity());
    if (box.disabled === !on) return;
    box.disabled = !on;
    box.checked = on;
    // Once the box can be used it speaks for itself, so an address alone asks for nothing more.
    const locked = box.form.elements.code_locked;
    if (locked) locked.disabled = on;
    const option = box.closest('.opt');
    if (option) option.classList.toggle('off', !on);
    const name = box.dataset.name || 'This grant';
    say(on ? `${name} is now on` : `${name} is off until you add a callback URL`);
  });
}

// One more field of a list, like the last one and empty.
const oneMore = (last) => {
  const block = last.closest('.field').cloneNode(true);
  const field = block.querySelector('input');
  const label = block.querySelector('label');
  const next = (text) => text.replace(/\d+$/, (number) => Number(number) + 1);
  block.classList.remove('bad');
  block.querySelector('.err')?.remove();
  for (const name of ['aria-invalid', 'aria-describedby', 'value']) field.removeAttribute(name);
  field.id = next(field.id);
  field.value = '';
  label.htmlFor = field.id;
  label.textContent = next(label.textContent);
  last.closest('.field').after(block);
  return field;
};

// Several lines pasted into a list go into a field each; a field by itself would run them together.
addEventListener('paste', (event) => {
  const first = event.target.closest('[data-lines]');
  const text = event.clipboardData?.getData('text') ?? '';
  const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  if (!first || lines.length < 2) return;
  event.preventDefault();
  const fields = [...first.form.querySelectorAll(`input[name="${first.name}"]`)];
  const free = fields.slice(fields.indexOf(first) + 1).filter((field) => !field.value);
  let at = first;
  first.setRangeText(lines.shift(), first.selectionStart, first.selectionEnd, 'end');
  for (const line of lines) {
    at = free.shift() ?? oneMore(fields.at(-1));
    if (!fields.includes(at)) fields.push(at);
    at.value = line;
  }
  at.focus();
  at.dispatchEvent(new Event('input', { bubbles: true }));
  say(`${lines.length + 1} lines pasted, each into a field of its own`);
});

for (const form of document.forms) {
  const mark = form.querySelector('[data-dirty]');
  if (mark) form.addEventListener('input', () => { mark.hidden = false; });
}

const problems = document.querySelector('.errsum');
if (problems) problems.focus();
