// Without a mouse, and without eyes: Tab, Enter and Space; and what the browser tells a screen reader.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { button, csv, eventually, file, hasStatus, jobOf, post, products, signIn } from './support.ts';

const focused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement);

// By Tab alone; where it has arrived, one sees it.
async function tabTo(page: Page, locator: Locator) {
  await locator.waitFor();
  for (let n = 0; n < 60; n++) {
    await page.keyboard.press('Tab');
    if (!await focused(locator)) continue;
    const { outlineStyle, outlineWidth, boxShadow } = await locator.evaluate((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return { outlineStyle, outlineWidth, boxShadow };
    });
    assert.ok((outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none', 'the focus is visible');
    return;
  }
  assert.fail(`Tab does not get to ${locator}`);
}

async function uploadByKeys(page: Page, name: string, content: string): Promise<string> {
  await tabTo(page, page.getByLabel('Products (CSV)'));
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  await (await chooser).setFiles(file(name, content));
  await tabTo(page, button(page, 'Upload'));
  await page.keyboard.press('Enter');
  return jobOf(page);
}

test('by the keyboard alone: sign in, upload, confirm, pause, resume, cancel', async () => {
  const page = await signIn('Ann');
  await tabTo(page, page.getByLabel('Signed in as'));
  await page.keyboard.press('B');
  const id = await uploadByKeys(page, 'keys.csv', csv(products('keys', 40_000)));
  await tabTo(page, button(page, 'Confirm'));
  await page.keyboard.press('Space');
  await tabTo(page, button(page, 'Pause'));
  await page.keyboard.press('Enter');
  await tabTo(page, button(page, 'Resume'));
  await page.keyboard.press('Space');
  // the updates of the page do not take the focus away
  await tabTo(page, button(page, 'Cancel'));
  await sleep(1500);
  assert.ok(await focused(button(page, 'Cancel')), 'the focus stays');
  await page.keyboard.press('Enter');
  await hasStatus(id, 'canceled');
  await eventually(async () => assert.match(
    (await page.getByRole('list', { name: 'History' }).getByRole('listitem').allInnerTexts()).join('\n'), /confirmed.*Bob.*canceled.*Bob/s));
});

interface Node { role: string; name: string; value?: unknown; focusable: boolean; live?: string; valuemin?: unknown; valuemax?: unknown; level?: unknown }

// As the browser gives it to assistive technology.
async function tree(page: Page): Promise<Node[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes.filter(({ ignored }) => !ignored).map(({ role, name, value, properties = [] }) => ({
    role: role?.value, name: name?.value ?? '', value: value?.value, focusable: false,
    ...Object.fromEntries(properties.map(({ name, value }) => [name, value.value])),
  }));
}

const find = (nodes: Node[], role: string, name?: string) => nodes.filter((node) => node.role === role && (name === undefined || node.name === name));

function isWellFormed(nodes: Node[]) {
  const [root] = find(nodes, 'RootWebArea');
  assert.ok(root.name, 'the document has a title');
  assert.deepEqual(nodes.filter((node) => node.focusable && !node.name && node !== root), [], 'what takes the focus has a name');
  assert.equal(find(nodes, 'main').length, 1);
  assert.equal(find(nodes, 'heading').filter(({ level }) => level === 1).length, 1, 'one heading of the first level');
  assert.deepEqual(find(nodes, 'image').filter(({ name }) => !name), [], 'pictures have names');
}

test('roles and names: the list', async () => {
  const id = await post('tree.csv', csv(products('tree', 3)));
  await hasStatus(id, 'pre_processed');
  const page = await signIn('Ann', '/#/');
  await page.getByRole('link', { name: 'tree.csv' }).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.lang));
  const nodes = await tree(page);
  isWellFormed(nodes);
  for (const name of ['Signed in as', 'Status', 'Type']) assert.equal(find(nodes, 'combobox', name).length, 1, name);
  assert.equal(find(nodes, 'checkbox', 'Deleted only').length, 1);
  assert.equal(find(nodes, 'button', 'Upload').length, 1);
  assert.equal(find(nodes, 'table', 'Imports').length, 1);
  const columns = find(nodes, 'columnheader').map(({ name }) => name);
  for (const name of ['File', 'Status', 'Created by', 'Progress']) assert.ok(columns.includes(name), `${columns}`);
  assert.equal(find(nodes, 'link', 'tree.csv').length, 1);
  // of many buttons of one name nobody knows which is which
  const deletes = find(nodes, 'button').filter(({ name }) => name.startsWith('Delete')).map(({ name }) => name);
  assert.ok(deletes.length > 0);
});

test('roles and names: plan and progress', async () => {
  const page = await signIn('Ann');
  const id = await post('roles.csv', csv(products('roles', 20_000)) + 'roles-bad,Bad,much,1\n');
  await page.goto(`/#/jobs/${id}`);
  await button(page, 'Confirm').waitFor();
  let nodes = await tree(page);
  isWellFormed(nodes);
  assert.equal(find(nodes, 'heading', 'roles.csv').filter(({ level }) => level === 1).length, 1);
  assert.equal(find(nodes, 'status').filter(({ live }) => live === 'polite').length, 1, 'the status is read out when it changes');
  for (const [role, name] of [['region', 'Plan'], ['list', 'Problems'], ['list', 'History'], ['button', 'Confirm'], ['button', 'Cancel']]) {
    assert.equal(find(nodes, role, name).length, 1, `${role} ${name}`);
  }
  await button(page, 'Confirm').click();
  await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
  await eventually(async () => {
    nodes = await tree(page);
    const [bar] = find(nodes, 'progressbar', 'Progress');
    assert.ok(Number(bar.value) > 0 && Number(bar.value) <= 100, JSON.stringify(bar));
    assert.deepEqual([bar.valuemin, bar.valuemax], [0, 100]);
  });
  isWellFormed(nodes);
  for (const name of ['Pause', 'Cancel', 'Kill a worker']) assert.equal(find(nodes, 'button', name).length, 1, name);
  await hasStatus(id, 'completed');
  await eventually(async () => assert.equal(find(await tree(page), 'region', 'Result').length, 1));
  isWellFormed(await tree(page));
});

test('colours: what is written can be read, light and dark', async () => {
  const id = await post('colours.csv', csv(products('colours', 3)) + 'bad,Bad,much,1\n');
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await signIn('Ann', `/#/jobs/${id}`, { colorScheme });
    await button(page, 'Confirm').waitFor();
    const worst = await page.evaluate(() => {
      const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;
      const paint = (colour: string) => { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); };
      // of the colours painted one over the other, as some let shine through what is behind
      const luminance = () => [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => c / 255)
        .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
      const paintBehind = (element: Element | null) => {
        if (!element) return paint(matchMedia('(prefers-color-scheme: dark)').matches ? 'black' : 'white');
        paintBehind(element.parentElement);
        paint(getComputedStyle(element).backgroundColor);
      };
      const contrasts = [...document.querySelectorAll('body *')]
        .filter((element) => (element as HTMLElement).checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim()))
        .filter((element) => !element.matches(':disabled'))
        .map((element) => {
          paintBehind(element);
          const behind = luminance();
          paint(getComputedStyle(element).color);
          const [one, other] = [luminance(), behind].sort((a, b) => b - a);
          return { text: element.textContent!.trim().slice(0, 40), contrast: (one + 0.05) / (other + 0.05) };
        });
      return contrasts.sort((a, b) => a.contrast - b.contrast)[0];
    });
    assert.ok(worst.contrast >= 4.5, `${colorScheme}: ${JSON.stringify(worst)}`);
  }
});

test('a phone: nothing is wider than the screen', async () => {
  const id = await post('a-file-with-a-very-long-name-that-nobody-would-choose-but-somebody-has.csv', csv(products('phone', 3)));
  const page = await signIn('Ann', `/#/jobs/${id}`, { viewport: { width: 360, height: 740 } });
  await button(page, 'Confirm').waitFor();
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(await width() <= 360, `${await width()}`);
  await page.goto('/#/');
  await page.getByRole('table').waitFor();
  assert.ok(await width() <= 360, `${await width()}`);
});
