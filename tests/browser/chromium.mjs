// Chromium for whoever tests outside this folder.
import { chromium } from "@playwright/test";
import { args } from "./playwright.config.mjs";

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args });
