// The dashboard's one script: copy buttons, a discovery check while the form is filled, a log that follows. All optional.

/** Runs in the browser as it stands here; every page does without it. */
export const script = `"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
for (const output of document.querySelectorAll("[data-discovery]")) {
  const form = output.closest("form");
  const other = form.querySelector("[data-switch]");
  let timer = 0, turn = 0;
  const check = async () => {
    const mine = ++turn;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (!/secret/i.test(name)) body.append(name, String(value));
    body.set("form_token", output.dataset.token);
    output.textContent = "Looking for the provider\\u2019s metadata\\u2026";
    try {
      const response = await fetch(output.dataset.discovery, { method: "POST", body });
      const found = response.ok ? await response.json() : { text: "" };
      if (mine === turn && other) {
        other.hidden = !found.other;
        other.value = found.other ? found.other.id : "";
        other.textContent = found.other ? "Switch to " + found.other.name : "Switch";
      }
      if (mine === turn) { output.textContent = found.text; output.className = found.ok ? "note" : found.text ? "warn" : ""; }
    } catch {
      if (mine === turn) { output.textContent = ""; output.className = ""; }
    }
  };
  form.addEventListener("change", (event) => {
    if (!(output.dataset.watch || "").split(" ").includes(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(check, 300);
  });
}
for (const button of document.querySelectorAll("[data-follow]")) {
  let timer = 0;
  button.hidden = false;
  const look = async () => {
    try {
      const response = await fetch(location.href, { redirect: "error" });
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById(button.dataset.follow);
      const shown = document.getElementById(button.dataset.follow);
      if (response.ok && fresh && shown) shown.replaceWith(document.adoptNode(fresh));
    } catch { /* the next look may succeed */ }
    if (timer) timer = setTimeout(look, 3000);
  };
  button.addEventListener("click", () => {
    const on = !timer;
    clearTimeout(timer);
    timer = on ? setTimeout(look, 1) : 0;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Following" : "Follow";
  });
}
`;
