// SPDX-License-Identifier: GPL-2.0-or-later
// Opens reports in headless Chromium, light and dark: node report.js PAGE... Screenshots and PDF go beside each page.
'use strict';
const assert = require('node:assert');
const { pathToFileURL } = require('node:url');
const { chromium } = require('playwright-core');

async function look(browser, page, prefix, colorScheme) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
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
  assert.ok(await tab.locator('#chart .arrow').count() > 0, 'arrows');
  assert.strictEqual(await tab.locator('#chart .loss').count(), data.losses.length, 'hatched gaps');
  assert.strictEqual(await tab.locator('#chart .throttle').count(), data.throttles.length, 'throttle bands');
  const lanes = new Set(data.events.flatMap(event => [event.lane, event.from]).filter(lane => lane >= 0));
  assert.strictEqual(await tab.locator('.name').count(), lanes.size, 'a lane for every process');
  const amount = data.events.find(event => event.amount);
  assert.ok((await tab.textContent('#chart')).includes(amount.amount), 'an OOM kill shows usage and limit');
  for (const mark of await tab.locator('.mark').all().then(all => all.slice(0, 20)))
    assert.ok((await mark.getAttribute('aria-label')).length > 10, 'a mark has words for a screen reader');

  await tab.fill('#filter', 'oom_kill');
  assert.ok(await marks() > 0 && await marks() < data.events.length, 'the filter filters');
  await tab.fill('#filter', '');
  const width = () => tab.$eval('#chart svg', svg => svg.width.baseVal.value);
  const before = await width();
  await tab.click('#in');
  assert.ok(await width() > before * 1.5, 'zoom widens');
  await tab.click('#fit');
  await tab.click('#linear');
  assert.strictEqual(await marks(), data.events.length, 'true time shows every event too');
  await tab.click('#even');

  await tab.focus('.mark[tabindex="0"]');
  await tab.keyboard.press('ArrowRight');
  const chosen = JSON.parse(await tab.textContent('#json'));
  assert.ok(chosen.eventType, 'a mark shows its record');
  assert.match(await tab.textContent('#what'), /partition \d+, offset \d+/);

  assert.match(tab.url(), /#r\d+-\d+$/, 'a mark is linked to its record');
  await tab.keyboard.press('ArrowDown');
  await tab.locator('#sections button.link').first().click();
  assert.ok(await tab.locator('.mark.chosen').count() === 1, 'evidence leads to its record');
  await tab.click('details.all summary');
  await tab.locator('#table tbody tr').first().waitFor(); // filled once the page knows that it is open
  assert.strictEqual(await tab.locator('#table tbody tr').count(), data.events.length, 'the table has every record');
  await tab.click('details.all summary');

  await tab.pdf({ path: `${prefix}.pdf`, preferCSSPageSize: true });
  await tab.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await tab.screenshot({ path: `${prefix}-${colorScheme}.png`, fullPage: data.events.length < 1000 });
  assert.deepStrictEqual(errors, [], 'no errors, dialogs or requests');
  await context.close();
}

(async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    for (const page of process.argv.slice(2))
      for (const colorScheme of ['light', 'dark']) await look(browser, page, page.replace(/\.html$/, ''), colorScheme);
  } finally {
    await browser.close();
  }
  console.log('report: lanes, marks, arrows, bands, gaps, links, filter, zoom, keyboard, table, injection, no network: fine');
})().catch(error => { console.error(error.message || error); process.exit(1); });
