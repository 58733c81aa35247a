// Puts the drawing itself where its static picture is, so that the mouse shows what each point is. Nothing is loaded; a
// picture that fails stays as it is.
(() => {
  for (const place of document.querySelectorAll("[data-tome-points]")) {
    const picture = place.querySelector("img");
    if (!picture) continue;
    try {
      const bytes = Uint8Array.from(atob(picture.src.split(",")[1]), (c) => c.charCodeAt(0));
      const text = new TextDecoder().decode(bytes);
      const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      if (drawing.tagName !== "svg") continue;
      const node = document.importNode(drawing, true);
      node.style.cssText = "max-width:100%;height:auto";
      const tip = document.createElement("div");
      tip.style.cssText =
        "position:absolute;display:none;pointer-events:none;background:#1f2328;color:#fff;" +
        "padding:2px 7px;border-radius:4px;font:12px system-ui,sans-serif;white-space:pre;z-index:1";
      for (const dot of node.querySelectorAll("circle")) {
        const title = dot.querySelector("title");
        if (!title) continue;
        const hint = title.textContent;
        title.remove(); // the tip is quicker
        const size = Number(dot.getAttribute("r"));
        dot.dataset.hint = hint;
        dot.onmouseenter = () => {
          dot.setAttribute("r", String(size * 1.7));
          const [a, b] = [dot.getBoundingClientRect(), place.getBoundingClientRect()];
          tip.textContent = hint;
          tip.style.display = "block";
          tip.style.left = `${a.right - b.left + 6}px`;
          tip.style.top = `${a.top - b.top - 4}px`;
        };
        dot.onmouseleave = () => {
          dot.setAttribute("r", String(size));
          tip.style.display = "none";
        };
      }
      place.style.position = "relative";
      place.replaceChildren(node, tip);
    } catch {
      continue;
    }
  }
})();
