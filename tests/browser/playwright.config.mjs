import { defineConfig } from "@playwright/test";

// Debian's Chromium as root needs no sandbox; without the other flags it looks for hosts of its maker.
export const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  // Far more than any test takes: a busy machine is no failure.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  reporter: [["list"]],
  use: { viewport: { width: 1440, height: 900 }, locale: "en-GB", trace: "retain-on-failure" },
  projects: [
    {
      name: "chromium",
      use: {
        launchOptions: { executablePath: process.env.CHROMIUM, args },
        permissions: ["clipboard-read", "clipboard-write"],
      },
    },
    {
      // The system's own Firefox, over WebDriver BiDi, where some of what tests ask of a browser is missing.
      name: "firefox",
      use: {
        browserName: "firefox",
        channel: "moz-firefox",
        launchOptions: { executablePath: process.env.FIREFOX },
      },
      grepInvert: /@chromium/,
      // The protocol is young.
      retries: 2,
    },
  ],
});
