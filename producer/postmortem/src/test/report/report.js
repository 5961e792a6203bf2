// SPDX-License-Identifier: GPL-2.0-or-later
// Opens a report in headless Chromium: node report.js PAGE SCREENSHOT-PREFIX
'use strict';
const assert = require('node:assert');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

const [page, prefix] = process.argv.slice(2);

async function look(browser, colorScheme) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const tab = await context.newPage();
  const errors = [];
  tab.on('console', message => message.type() === 'error' && errors.push(message.text()));
  tab.on('pageerror', error => errors.push(String(error)));
  tab.on('dialog', dialog => { errors.push('a dialog: ' + dialog.message()); dialog.dismiss(); });
  tab.on('request', request => { if (!request.url().startsWith('file:')) errors.push('a request: ' + request.url()); });
  await tab.goto(pathToFileURL(page).href);

  const data = JSON.parse(await tab.textContent('#data'));
  const marks = () => tab.locator('.mark').count();
  assert.strictEqual(await marks(), data.events.length, 'a mark for every event');
  assert.strictEqual(await tab.locator('img').count(), 0, 'names stay text');
  assert.ok(await tab.locator('.arrow').count() > 0, 'arrows');
  assert.strictEqual(await tab.locator('.loss').count(), data.losses.length, 'hatched gaps');

  await tab.fill('#filter', 'oom_kill');
  assert.ok(await marks() > 0 && await marks() < data.events.length, 'the filter filters');
  await tab.fill('#filter', '');
  const width = () => tab.$eval('#chart svg', svg => svg.width.baseVal.value);
  const before = await width();
  await tab.click('#in');
  assert.ok(await width() > before * 1.5, 'zoom widens');
  await tab.click('#fit');

  await tab.focus('.mark[tabindex="0"]');
  await tab.keyboard.press('ArrowRight');
  const chosen = JSON.parse(await tab.textContent('#json'));
  assert.ok(chosen.eventType, 'a mark shows its record');
  assert.match(await tab.textContent('#what'), /partition \d+, offset \d+/);

  await tab.screenshot({ path: `${prefix}-${colorScheme}.png`, fullPage: true });
  assert.deepStrictEqual(errors, [], 'no errors, dialogs or requests');
  await context.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    await look(browser, 'light');
    await look(browser, 'dark');
  } finally {
    await browser.close();
  }
  console.log('report: marks, arrows, gaps, filter, zoom, keyboard, injection, no network: fine');
})().catch(error => { console.error(error.message || error); process.exit(1); });
