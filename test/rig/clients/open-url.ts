// Stands in for `xdg-open`: a process that follows one authorization URL as a person would, to the client's listener.
// Arguments: the stack's origins joined by commas, the user name, the URL.
import { ScriptedBrowser } from "../browser.ts";

const [origins = "", username = "", url = ""] = process.argv.slice(2);
const browser = new ScriptedBrowser(origins.split(","), { username, password: "password" });
const { redirect } = await browser.authorize(url);
const response = await fetch(redirect);
if (!response.ok) throw new Error(`${redirect.origin}${redirect.pathname} answered ${response.status}`);
