// The page: #/ lists the imports, #/jobs/<id> shows one. What others have written is set as text, never as HTML.
const $ = (selector) => document.querySelector(selector);
const show = (element, visible) => { element.hidden = !visible; };
const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const number = (n) => Number(n).toLocaleString('en');

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A list, made anew only when something in it has changed: so that focus, selection and place stay.
function fill(element, items, childOf) {
  const seen = JSON.stringify(items);
  if (element.seen === seen) return;
  element.seen = seen;
  element.replaceChildren(...items.map(childOf));
}

function warn(text) {
  set($('#alert'), text ?? '');
  show($('#alert'), text);
}

async function ask(method, path, { json, file } = {}) {
  if (file?.size > 50 * 1024 * 1024) throw new Error('The file is larger than 50 MB.');
  const headers = file ? { 'content-type': 'text/csv' } : json ? { 'content-type': 'application/json' } : {};
  const response = await fetch(path, { method, headers, body: file ?? (json && JSON.stringify(json)) })
    .catch(() => { throw new Error('The server does not answer.'); });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { answer });
  return answer;
}

// Does what somebody has asked for, and says why if that is refused.
async function attempt(work) {
  try {
    warn();
    await work();
  } catch (error) {
    warn(error.message);
    if (error.answer?.job) showJob(error.answer, true);
  }
}

const statuses = {
  created: 'To be read', pre_processed: 'To be confirmed', confirmed: 'Confirmed', processing: 'Importing',
  completed: 'Completed', canceled: 'Canceled', failed: 'Failed',
};

function sentence({ status, progress }) {
  const state = progress?.state;
  if (status === 'pre_processed') return 'The plan is ready: look at it, and confirm it.';
  if (status === 'completed') return 'Completed.';
  if (status === 'canceled') return 'Canceled.';
  if (status === 'failed') return 'Failed.';
  if (state === 'paused') return 'Paused.';
  if (state === 'suspect') return 'Nothing is heard of its worker: another one takes over soon.';
  if (state === 'retrying') return 'Waiting for another attempt.';
  if (state === 'running') return status === 'created' ? 'A worker reads the file.' : 'Importing.';
  return 'Waiting for a worker.';
}

// The colour of what is shown of a job.
const tone = ({ status, progress }) =>
  ({ completed: 'good', failed: 'bad', canceled: 'off', pre_processed: 'call' })[status] ??
  ({ running: 'busy', suspect: 'bad', retrying: 'bad' })[progress?.state] ?? 'off';

const dateOf = ({ created_at: at }) => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const percentOf = ({ status, progress }) => (status === 'completed' ? 100 : Math.floor(progress?.percent ?? 0));

// The list

async function showList() {
  const query = new URLSearchParams({ status: $('#status').value, type: $('#type').value, deleted: $('#deleted').checked });
  const jobs = await ask('GET', `/api/jobs?${query}`);
  const focused = document.activeElement;
  fill($('tbody'), jobs, rowOf);
  show($('#none'), !jobs.length);
  if (!focused.isConnected) document.getElementById(focused.id)?.focus();
}

function rowOf(job) {
  const button = make('button', { id: `delete-${job.id}`, textContent: job.deleted ? 'Restore' : 'Delete' });
  button.onclick = () => attempt(async () => {
    await (job.deleted ? ask('POST', `/api/jobs/${job.id}/restore`) : ask('DELETE', `/api/jobs/${job.id}`));
    await showList();
    $('#home h1').focus();
  });
  button.setAttribute('aria-label', `${button.textContent} ${job.file}`);
  const name = job.deleted ? job.file : make('a', { id: `open-${job.id}`, href: `#/jobs/${job.id}`, textContent: job.file });
  const percent = percentOf(job);
  return make('tr', {},
    make('td', { className: 'name' }, name, make('time', { textContent: dateOf(job) })),
    make('td', {}, make('span', { className: `pill ${tone(job)}`, textContent: statuses[job.status] })),
    make('td', { className: 'wide', textContent: job.created_by?.name ?? '' }),
    make('td', { className: 'number', textContent: percent ? `${percent} %` : '–' }),
    make('td', {}, button));
}

$('#upload').onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const [file] = $('#file').files;
    const query = new URLSearchParams({ name: file.name, type: $('#kind').value, dry_run: $('#dry-run').checked });
    const { id } = await ask('POST', `/api/jobs?${query}`, { file });
    event.target.reset();
    location.hash = `#/jobs/${id}`;
  });
};

// A job

let shown; // what is on the page: its digest says which plan the person in front of it has seen
let newest; // what the server has said last

// A plan does not change under the eyes of who reads it: there is a button for that.
function showJob(state, whole) {
  newest = state;
  const newer = !whole && shown?.job.status === 'pre_processed' && state.job.status === 'pre_processed' &&
    shown.plan_digest !== state.plan_digest;
  show($('#newer'), newer);
  if (newer) return;
  const { job, progress, events } = shown = state;
  const at = { ...job, progress };
  const open = ['created', 'pre_processed', 'confirmed', 'processing'].includes(job.status);
  document.title = `${job.file} · Imports`;
  set($('#job h1'), job.file);
  set($('#facts'), `${job.created_by?.name ?? 'Somebody'} · ${dateOf(job)} · ${number(Math.ceil(job.bytes / 1024))} kB`);
  set($('#job [role=status]'), sentence(at));
  $('#job [role=status]').className = `state ${tone(at)}`;
  showPlan(job);
  showProgress(at, open && job.status !== 'pre_processed');
  showResult(at, !open);
  const paused = progress?.state === 'paused';
  showButtons({
    confirm: job.status === 'pre_processed', pause: open && job.status !== 'pre_processed' && !paused, resume: open && paused,
    cancel: open, kill: progress?.state === 'running', replace: ['created', 'pre_processed'].includes(job.status),
  });
  fill($('#history'), events, ({ event, actor, at, detail }) => make('li', {},
    make('strong', { textContent: event.replace('batch.', '').replace('_', '-') }), ` by ${actor}`,
    detail?.attempt > 1 ? `, attempt ${detail.attempt}` : '',
    make('time', { dateTime: at, textContent: new Date(at).toLocaleTimeString() })));
}

function showPlan({ result }) {
  show($('#plan'), result?.stat_descriptors);
  fill($('#plan dl'), result?.stat_descriptors ?? [], ({ key, name, message }) => {
    const value = make('dd', { textContent: number(message), className: message === '0' ? 'zero' : '' });
    value.dataset.key = key;
    return make('div', {}, make('dt', { textContent: name }), value);
  });
  const problems = (result?.errors ?? []).filter(({ line }) => line);
  show($('#problems-title'), problems.length);
  show($('#problems'), problems.length);
  show($('#more'), problems.length === 100);
  fill($('#problems'), problems, ({ line, sku, message }) => make('li', {},
    make('b', { textContent: `Line ${line}` }), ' ', make('span', { className: 'sku', textContent: sku }), ' ', make('span', { textContent: message })));
}

function showProgress(at, visible) {
  const { progress } = at;
  show($('#progress'), visible);
  const percent = percentOf(at);
  set($('#percent'), `${percent} %`);
  $('[role=progressbar]').setAttribute('aria-valuenow', percent);
  $('[role=progressbar] i').style.width = `${percent}%`;
  const fields = {
    rows: progress?.items_total && `${number(progress.items_done)} of ${number(progress.items_total)}`,
    rate: progress?.rate && `${number(Math.round(progress.rate))} a second`,
    eta: progress?.eta != null && `${number(Math.ceil(progress.eta))} s`,
    attempt: progress?.attempt && `${progress.attempt} of ${progress.max_attempts}`,
    worker: progress?.worker, message: progress?.message,
  };
  for (const [key, value] of Object.entries(fields)) set($(`[data-key=${key}]`), value || '–');
  set($('#error'), progress?.error ? `The attempt before: ${progress.error}` : '');
  show($('#error'), progress?.error);
}

function showResult({ id, status, result, progress }, visible) {
  show($('#result'), visible);
  const { new: added, changed, unchanged, wrong } = result?.imported ?? {};
  const errors = result?.errors ?? [];
  const failure = errors.findLast(({ line }) => !line);
  set($('#result p'), {
    completed: `${number(added)} new products, ${number(changed)} changed, ${number(unchanged)} as they were` +
      `${wrong ? `, ${number(wrong)} wrong rows left out` : ''}.`,
    canceled: progress?.items_done
      ? `${number(progress.items_done)} of ${number(progress.items_total)} rows had been imported; they stay.` : 'Nothing was imported.',
    failed: failure?.message ?? failure, // which retry() writes as a text
  }[status] ?? '');
  set($('#result .hint'), progress?.attempt > 1 ? `It took ${progress.attempt} attempts.` : '');
  show($('#result a'), errors.some(({ line }) => line));
  $('#result a').href = `/api/jobs/${id}/errors.csv`;
}

// A button that goes must not take the focus with it.
function showButtons(visible) {
  const lost = document.activeElement.closest?.('.actions > *');
  for (const [id, wanted] of Object.entries(visible)) show($(`#${id}`), wanted);
  if (lost?.hidden) ($('.actions > button:not([hidden])') ?? $('#job h1')).focus();
}

const step = (name, json) => () => attempt(() => ask('POST', `/api/jobs/${shown.job.id}/${name}`, { json }));
$('#confirm').onclick = () => step('confirm', { digest: shown.plan_digest })();
for (const name of ['pause', 'resume', 'cancel']) $(`#${name}`).onclick = step(name);
$('#kill').onclick = () => attempt(() => ask('POST', '/api/kill-worker'));
$('#newer button').onclick = () => showJob(newest, true);
$('#replace input').onchange = ({ target }) => attempt(async () => {
  const [file] = target.files;
  target.value = '';
  await ask('PUT', `/api/jobs/${shown.job.id}/file?${new URLSearchParams({ name: file.name })}`, { file });
  showJob(await ask('GET', `/api/jobs/${shown.job.id}`), true);
});

// The way around

let leave = () => {};

async function go() {
  leave();
  leave = () => {};
  warn();
  const { hash } = location;
  const id = /^#\/jobs\/(.+)$/.exec(hash)?.[1];
  shown = undefined;
  try {
    if (id) {
      const state = await ask('GET', `/api/jobs/${id}`);
      if (location.hash !== hash) return;
      showJob(state);
      const stream = new EventSource(`/api/jobs/${id}/stream`);
      stream.onmessage = ({ data }) => showJob(JSON.parse(data));
      stream.addEventListener('gone', () => { location.hash = '#/'; });
      leave = () => stream.close();
    } else {
      document.title = 'Imports';
      await showList();
      if (location.hash !== hash) return;
      const timer = setInterval(() => showList().catch(() => {}), 1000);
      leave = () => clearInterval(timer);
    }
  } catch (error) {
    warn(error.message);
  }
  show($('#home'), !id);
  show($('#job'), id && shown);
  $(id ? '#job h1' : '#home h1').focus();
}

for (const id of ['status', 'type', 'deleted']) $(`#${id}`).onchange = () => showList();
for (const [value, textContent] of Object.entries(statuses)) $('#status').append(make('option', { value, textContent }));

const signIn = () => { document.cookie = `user=${$('#user').value}; path=/; SameSite=Strict`; };
const known = /user=([\w-]+)/.exec(document.cookie)?.[1];
for (const { id, name } of await ask('GET', '/api/users')) {
  $('#user').append(make('option', { value: id, textContent: name, selected: id === known }));
}
signIn();
$('#user').onchange = () => { signIn(); warn(); };
addEventListener('hashchange', go);
go();
