import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { Fragment, createElement as h, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { examples } from "./examples.js";
import { LoginBar, credentials } from "./login.js";

function fetcher() {
  const socket = new URL("/graphql", window.location.href);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  return createGraphiQLFetcher({
    url: "/graphql",
    fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, ...credentials() } }),
    wsClient: createClient({ url: socket.href, connectionParams: credentials, retryAttempts: 0 }),
  });
}

function Page() {
  // A new login means a new socket: the old one speaks for somebody else.
  const [login, setLogin] = useState(0);
  const current = useMemo(fetcher, [login]);
  return h(
    Fragment,
    null,
    h(LoginBar, { onLogin: () => setLogin((count) => count + 1) }),
    h(GraphiQL, { fetcher: current, defaultTabs: examples, defaultEditorToolsVisibility: "variables" }),
  );
}

createRoot(document.getElementById("page")).render(h(Page));
