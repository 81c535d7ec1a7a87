// What scripts add to pages that already work without them: copy and print buttons, the "not saved yet" mark,
// a callback URL that switches its grant on, "/" for search, Escape for menus. No eval, no markup from strings.
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
    const option = box.closest('.opt');
    if (option) option.classList.toggle('off', !on);
    const name = box.dataset.name || 'This grant';
    say(on ? `${name} is now on` : `${name} is off until you add a callback URL`);
  });
}

for (const form of document.forms) {
  const mark = form.querySelector('[data-dirty]');
  if (mark) form.addEventListener('input', () => { mark.hidden = false; });
}

const problems = document.querySelector('.errsum');
if (problems) problems.focus();
