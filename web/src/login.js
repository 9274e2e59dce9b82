// The bar with the token. It lives in sessionStorage: gone with the tab, and never sent anywhere but to this server.
import { createElement as h, useEffect, useState } from "react";

const KEYS = { token: "bufdir.token", organization: "bufdir.organization" };
const read = (name) => sessionStorage.getItem(KEYS[name]) ?? "";

// What every request carries, as headers or as connection_init's payload.
export function credentials() {
  const token = read("token").trim().replace(/^bearer\s+/i, "");
  const organization = read("organization").trim();
  return {
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(organization && { "X-Organization-Id": organization }),
  };
}

async function whoami() {
  const headers = { "Content-Type": "application/json", ...credentials() };
  if (!headers.Authorization) return "Not logged in: paste a token.";
  const query = "{ viewer { name role organization { name } } }";
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data, errors } = await response.json();
  if (errors) return errors[0].message;
  const { name, role, organization } = data.viewer;
  return `${name}, ${role ?? "support"}, ${organization.name}`;
}

function Field({ name, label, placeholder, type, onChange }) {
  const [value, setValue] = useState(read(name));
  const change = (event) => {
    sessionStorage.setItem(KEYS[name], event.target.value);
    setValue(event.target.value);
    onChange();
  };
  const input = h("input", { value, placeholder, type, className: name, onChange: change, autoComplete: "off" });
  return h("label", null, label, input);
}

export function LoginBar({ onLogin }) {
  const [who, setWho] = useState("");
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const settle = setTimeout(async () => {
      setWho(await whoami().catch((error) => String(error)));
      if (changes) onLogin();
    }, 300);
    return () => clearTimeout(settle);
  }, [changes]);
  const onChange = () => setChanges((count) => count + 1);
  return h(
    "div",
    { className: "login" },
    h("strong", null, "bufdir-reports"),
    h("output", null, who),
    h(Field, { name: "token", label: "Token", placeholder: "as `demo` or `token` prints it", type: "password", onChange }),
    h(Field, { name: "organization", label: "Organization", placeholder: "short name, if several", type: "text", onChange }),
  );
}
