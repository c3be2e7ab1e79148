// Stands in for `xdg-open`: a process that follows one authorization URL as a person would, to the client's listener.
// Arguments: the stack's origins joined by commas, the user name, the URL.
import { setTimeout as pause } from "node:timers/promises";
import { ScriptedBrowser } from "../browser.ts";

const [origins = "", username = "", url = ""] = process.argv.slice(2);
const browser = new ScriptedBrowser(origins.split(","), { username, password: "password" });
const { redirect } = await browser.authorize(url);
// mcp-remote opens the browser before it listens, because people need longer than that; and it opens another one when
// this process fails.
const answered = async (triesLeft: number): Promise<Response> =>
  fetch(redirect).catch(async (error: unknown) => {
    if (triesLeft === 0) throw error;
    await pause(100);
    return answered(triesLeft - 1);
  });
const response = await answered(100);
if (!response.ok) throw new Error(`${redirect.origin}${redirect.pathname} answered ${response.status}`);
