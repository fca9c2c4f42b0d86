// Keys and speed for the desk. Everything works without this file: a key presses
// the button or follows the link that is on the page.
'use strict';
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  document.documentElement.classList.add('js');
  let began = performance.now(); // when the pair was first seen
  let busy = false; // one decision at a time: a key pressed meanwhile would hit the next pair

  const alarm = text => { $('#alert').textContent = text; };
  const draft = () => 'comment ' + ($('#decide [name=id]')?.value ?? '');

  let place = location.pathname + location.search;

  // load returns a page, or null if it has to be gone to.
  const load = url => fetch(url).then(async answer => answer.ok ? {url: answer.url, text: await answer.text()} : null).catch(() => null);

  // Others are not shown the pair that is open here, as long as it is in use.
  const opened = () => $('main').dataset.hold && $('#decide [name=id]')?.value || '';
  let had = ''; // the pair that was open last
  let used = performance.now();
  for (const kind of ['pointermove', 'pointerdown', 'keydown', 'scroll', 'input']) {
    addEventListener(kind, () => { used = performance.now(); }, {passive: true, capture: true});
  }
  async function hold(left) {
    const id = opened();
    const answer = await fetch($('main').dataset.hold ?? '/hold', {method: 'POST', body: new URLSearchParams({id, left})}).catch(() => null);
    const text = answer?.ok ? await answer.text() : '';
    const place = $('#held');
    if (!answer?.ok || !place || id !== opened() || place.textContent === text) return;
    place.textContent = text;
    $('#live').textContent = text;
  }
  function turned() {
    const left = had === opened() ? '' : had;
    had = opened();
    if (left) hold(left);
  }
  setInterval(() => { if (opened() && document.visibilityState === 'visible' && performance.now() - used < 180000) hold(''); }, 30000);
  addEventListener('pagehide', () => { if (had) navigator.sendBeacon('/hold', new URLSearchParams({left: had})); });
  setTimeout(() => { if (opened()) hold(''); }, 2000); // a page that is loaded again is left, too, perhaps after it is there
  addEventListener('pageshow', event => { if (event.persisted && opened()) hold(''); });

  // show puts a page in the place of this one.
  function show(url, text, push) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const main = $('main[data-desk]', page);
    if (!main) { location.assign(url); return; }
    $('main').replaceWith(main);
    document.title = page.title;
    if (push) history.pushState(null, '', url);
    place = location.pathname + location.search;
    alarm('');
    $('#live').textContent = $('#status')?.textContent ?? '';
    main.classList.add('turned');
    arrive();
    scrollTo(0, 0);
    $('#claim')?.focus({preventScroll: true});
  }

  function arrive() {
    began = performance.now();
    const comment = $('#decide textarea');
    if (comment && sessionStorage.getItem(draft())) comment.value = sessionStorage.getItem(draft());
    const off = $('#keys-off');
    if (off) off.checked = localStorage.getItem('concord-keys') === 'off';
    chosen();
    turned();
  }

  // chosen says what the first button does with what is chosen.
  function chosen() {
    const form = $('#decide'), text = $('#accept-text');
    if (!form || !text) return;
    const other = [...form.querySelectorAll('input[type=radio]')].some(i => i.checked !== i.defaultChecked) ||
      form.elements.strength.value !== form.elements.strength.defaultValue;
    text.textContent = other ? 'Save what I chose' : text.dataset.plain;
  }

  // send posts a form and shows what comes of it.
  async function send(form, button) {
    if (busy) return;
    busy = true;
    alarm('');
    const took = form.elements.took;
    if (took) took.value = Math.round(performance.now() - began);
    const body = new URLSearchParams(new FormData(form, button));
    const kept = draft();
    try {
      // A button of the name hides form.action.
      const answer = await fetch(form.getAttribute('action'), {method: 'POST', body});
      const text = await answer.text();
      if (!answer.ok) {
        const page = new DOMParser().parseFromString(text, 'text/html');
        alarm($('#refused', page)?.textContent ?? 'Not saved: the desk answered ' + answer.status + '.');
        return;
      }
      if (form.id === 'decide') {
        sessionStorage.removeItem(kept);
        had = ''; // the desk knows that it is left
      }
      show(answer.url, text, true);
    } catch {
      alarm('Not saved: the desk does not answer. Is the program still running?');
    } finally {
      busy = false;
    }
  }

  async function follow(link) {
    if (!link || busy) return;
    busy = true;
    const page = await load(link.href);
    busy = false;
    if (page) show(page.url, page.text, true); else location.assign(link.href);
  }

  document.addEventListener('submit', event => {
    if (event.target.method !== 'post') return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener('click', event => {
    if (event.target.closest('#help-open')) $('#help').showModal();
    const link = event.target.closest('a[rel=next], a[rel=prev]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); follow(link); }
  });
  document.addEventListener('input', event => {
    if (event.target.name === 'comment' && event.target.closest('#decide')) sessionStorage.setItem(draft(), event.target.value);
  });
  document.addEventListener('change', event => {
    if (event.target.id === 'keys-off') localStorage.setItem('concord-keys', event.target.checked ? 'off' : 'on');
    chosen();
  });
  addEventListener('popstate', () => { // a jump within the page is none
    if (location.pathname + location.search !== place) location.reload();
  });

  // freshen puts newer figures in the place of those on a page that shows how far
  // things are. What was unfolded and where the keyboard is stays.
  let stale = false;
  async function freshen() {
    const here = $('#fresh');
    if (!here || document.visibilityState !== 'visible') return;
    const page = await load(location.href);
    const there = page && $('#fresh', new DOMParser().parseFromString(page.text, 'text/html'));
    if (here !== $('#fresh')) return;
    if (!there) {
      stale = true;
      alarm('These figures are not renewed: the desk does not answer. Is the program still running?');
      return;
    }
    if (stale) alarm('');
    stale = false;
    const at = document.activeElement, id = at && here.contains(at) && (at.id || at.closest('details')?.id);
    for (const details of there.querySelectorAll('details')) details.open = document.getElementById(details.id)?.open ?? false;
    here.replaceWith(there);
    const back = id && document.getElementById(id);
    if (back) (back.matches('details') ? $('summary', back) : back).focus({preventScroll: true});
  }
  if ($('#fresh')) setInterval(freshen, 1000 * $('#fresh').dataset.every);

  function turn(radios) {
    const list = [...radios], at = list.findIndex(r => r.checked);
    if (list.length) list[(at + 1) % list.length].checked = true;
    chosen();
  }
  function stronger(by) {
    const input = $('.decide [name=strength]');
    if (!input) return;
    input.value = input.value === '' ? 5 : Math.min(10, Math.max(0, Number(input.value) + by));
    chosen();
  }
  const press = selector => () => $(selector)?.click();
  const keys = {
    a: press('#decide [value=accept], #enter button'), r: press('#decide [value=reject]'), s: press('#decide [value=skip]'),
    u: () => { const form = $('#undo'); if (form) send(form); },
    c: () => $('.decide textarea')?.focus(),
    t: () => turn(document.querySelectorAll('.decide [name=rationale_type]')),
    '+': () => stronger(1), '=': () => stronger(1), '-': () => stronger(-1),
    j: () => follow($('a[rel=next]')), ArrowRight: () => follow($('a[rel=next]')),
    k: () => follow($('a[rel=prev]')), ArrowLeft: () => follow($('a[rel=prev]')),
    g: press('#group'), '/': () => ($('#q') ? $('#q').focus() : $('#search')?.click()),
    '?': () => $('#help')?.showModal(),
  };
  for (const n of [1, 2, 3, 4, 5]) keys[n] = () => {
    const radio = document.querySelectorAll('.decide [name=relation]')[n - 1];
    if (radio) { radio.checked = true; chosen(); }
  };
  document.addEventListener('keydown', event => {
    const at = event.target;
    const writes = at.matches('textarea, select, input:not([type=radio], [type=checkbox])');
    if (event.key === 'Escape' && writes) { at.blur(); return; }
    if (writes || event.ctrlKey || event.metaKey || event.altKey || event.repeat || $('dialog[open]')) return;
    if (event.key !== '?' && localStorage.getItem('concord-keys') === 'off') return;
    if (event.key.startsWith('Arrow') && at.matches('input')) return; // they move within a group of choices
    if (event.key.startsWith('Arrow') && at.matches('.text') && at.scrollWidth > at.clientWidth) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  arrive();
})();
