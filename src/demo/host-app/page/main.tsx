// The host app's page: opens the app's session, then draws it.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { hostAppConfig } from "./config.ts";
import { openSession } from "./sign-in.ts";

const text = (id: string) => document.getElementById(id)?.textContent ?? "null";
const config = hostAppConfig.parse(JSON.parse(text("config")));
const place = document.getElementById("app");
const opened = await openSession(config);

if (place && opened) {
  createRoot(place).render(
    <StrictMode>
      <App config={config} {...opened} />
    </StrictMode>,
  );
}
