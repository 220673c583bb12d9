// After the first visit the page needs no network, and a newer version waits until it is asked for.
import { App, expect, test } from "./page.mjs";
import { serve } from "./server.mjs";

const kept = (page) => page.evaluate(() => navigator.serviceWorker.ready.then((ready) => ready.active.state));

test("the second visit needs no network", async ({ page }) => {
  const server = await serve();
  const app = new App(page, server.url);
  await app.open();
  await kept(page);
  // The first visit began before anything was kept.
  await page.reload();
  await app.settled();
  await expect.poll(() => page.evaluate(() => Boolean(navigator.serviceWorker.controller))).toBe(true);
  server.close();
  await page.reload();
  await app.settled();
  await expect(app.headline).toContainText("Tonight");
  await app.field("/policyDetails/0/filter/value").fill("1");
  await expect(app.count("DEPRECATE")).not.toHaveText("11");
});

test("the page can be installed: its manifest and its icon are there", async ({ app, page }) => {
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector("link[rel=manifest]").href;
    const manifest = await (await fetch(link)).json();
    const icon = await fetch(new URL(manifest.icons[0].src, link));
    return { ...manifest, icon: icon.status };
  });
  expect(manifest).toMatchObject({ name: "Afterimage", start_url: "./", display: "standalone", icon: 200 });
});

test("every file of the site is kept", async ({ app, page }) => {
  await kept(page);
  const missing = await page.evaluate(async () => {
    const requests = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => name.startsWith("http"));
    const found = await Promise.all(requests.map((name) => caches.match(name, { ignoreSearch: true })));
    return requests.filter((name, at) => !found[at] && !name.endsWith("sw.js"));
  });
  expect(missing).toEqual([]);
});
