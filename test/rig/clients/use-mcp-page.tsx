// A page that uses `useMcp` as an app does, and the page that its popup returns to. `mcp` is there for whoever drives it.
import { createRoot } from "react-dom/client";
import { onMcpAuthorization } from "use-mcp";
import { useMcp } from "use-mcp/react";

function App({ url, name }: { url: string; name: string }) {
  const mcp = useMcp({ url, clientName: name, autoReconnect: false });
  Object.assign(window, { mcp });
  return <p>{mcp.state}</p>;
}

if (location.pathname === "/oauth/callback") void onMcpAuthorization();
else {
  const query = new URLSearchParams(location.search);
  const place = document.createElement("main");
  document.body.append(place);
  createRoot(place).render(<App url={query.get("url") ?? ""} name={query.get("name") ?? ""} />);
}
