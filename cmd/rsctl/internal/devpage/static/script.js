// The page works without this. It shows copy buttons and keeps the list of requests up to date.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = document.getElementById("said");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      said.textContent = "Selected: copy it with the keyboard.";
    }
  });
}

document.getElementById("new")?.focus();

for (const live of document.querySelectorAll("[data-live]")) {
  let shown = "";
  const refresh = async () => {
    try {
      const answer = document.hidden ? null : await fetch(live.dataset.live);
      const text = answer?.ok ? await answer.text() : shown;
      if (text !== shown) {
        shown = text;
        live.innerHTML = text; // escaped by the server, as the page itself
      }
      live.classList.remove("stopped");
    } catch {
      live.classList.add("stopped"); // the server is gone
    }
    setTimeout(refresh, 1000);
  };
  refresh();
}
