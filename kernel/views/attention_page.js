// Turns each static picture of attention in the page into one that answers to the mouse. Nothing is loaded; texts are set
// as text, never as HTML; a picture that fails stays as it is.
(() => {
  const COLOURS = [
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#6b4ba1",
    "#7a5c3e",
  ];
  const ROW = 20, GAP = 220, INK = "#1f2328", SOFT = "#57606a", FAINT = "#d0d7de";
  const colourOf = (head) => COLOURS[head % COLOURS.length];

  function make(tag, style, text) {
    const node = document.createElement(tag);
    node.style.cssText = style;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function read(group) {
    const text = atob(group.data);
    const { T, S, heads } = group;
    const at = (layer, head, t, s) =>
      text.charCodeAt(((layer * heads + head) * T + t) * S + s) / 255;
    return { ...group, at };
  }

  /** A canvas that is sharp on any screen. */
  function makeCanvas(width, height) {
    const node = make("canvas", `width:${width}px;height:${height}px;display:block`);
    const ratio = globalThis.devicePixelRatio || 1;
    node.width = Math.ceil(width * ratio);
    node.height = Math.ceil(height * ratio);
    const pen = node.getContext("2d");
    pen.scale(ratio, ratio);
    return { node, pen };
  }

  function drawLines(pen, width, height, group, layer, active, only) {
    const { T, S, at } = group;
    pen.clearRect(0, 0, width, height);
    const step = Math.min(ROW, height / Math.max(T, S));
    const share = 1 / Math.sqrt(active.length || 1);
    pen.lineWidth = Math.min(2, Math.max(0.6, step / 8));
    for (const [place, head] of active.entries()) {
      // heads lie side by side, so that none covers another
      const shift = (place - (active.length - 1) / 2) * Math.min(2, step * 0.5 / active.length);
      pen.strokeStyle = colourOf(head);
      for (let t = 0; t < T; t++) {
        if (only && only.side === "q" && only.index !== t) continue;
        for (let s = 0; s < S; s++) {
          if (only && only.side === "k" && only.index !== s) continue;
          const alpha = at(layer, head, t, s) * share;
          if (alpha < 0.008) continue;
          pen.globalAlpha = Math.min(1, alpha);
          pen.beginPath();
          pen.moveTo(0, (t + 0.5) * step + shift);
          pen.lineTo(width, (s + 0.5) * step + shift);
          pen.stroke();
        }
      }
    }
  }

  /** Two columns of tokens with lines between them. */
  function headPanel(group, state, onChange) {
    const { T, S, heads } = group;
    const panel = make("div", "");
    const bar = make(
      "div",
      "display:flex;flex-wrap:wrap;gap:4px;align-items:center;margin:4px 0 8px",
    );
    const layers = make("select", "font:inherit;max-width:22em");
    layers.setAttribute("aria-label", "layer");
    group.layers.forEach((name, i) => {
      const option = make("option", "", name === `layer ${i}` ? name : `layer ${i}: ${name}`);
      option.value = String(i);
      layers.append(option);
    });
    layers.value = String(state.layer);
    bar.append(layers, make("span", `color:${SOFT};margin-left:8px`, "heads"));
    const swatches = Array.from({ length: heads }, (_, head) => {
      const button = make(
        "button",
        "width:26px;height:20px;padding:0;font:11px sans-serif;border-radius:4px;cursor:pointer;border:2px solid",
        String(head),
      );
      button.type = "button";
      button.dataset.head = String(head);
      button.title = `head ${head}: click to switch, double-click for this head only`;
      button.onclick = () => {
        state.active = state.active.includes(head)
          ? state.active.filter((other) => other !== head)
          : [...state.active, head].sort((a, b) => a - b);
        refresh();
      };
      button.ondblclick = () => {
        state.active = [head];
        refresh();
      };
      bar.append(button);
      return button;
    });
    const all = make("button", "font:11px sans-serif;height:20px;cursor:pointer", "all");
    all.type = "button";
    all.onclick = () => {
      state.active = swatches.map((_, head) => head);
      refresh();
    };
    bar.append(all);

    const height = Math.max(T, S) * ROW;
    const { node: sheet, pen } = makeCanvas(GAP, height);
    const column = (side, tokens) => {
      const left = side === "q";
      const box = make("div", "min-width:4em");
      box.append(
        ...tokens.map((token, index) => {
          const row = make(
            "div",
            `height:${ROW}px;line-height:${ROW}px;display:flex;gap:6px;cursor:default;white-space:pre;border-radius:3px;` +
              `flex-direction:${left ? "row" : "row-reverse"};justify-content:flex-end`,
          );
          row.tabIndex = 0;
          row.dataset[left ? "query" : "key"] = String(index);
          const share = make(
            "span",
            `font-size:11px;color:${SOFT};min-width:2.6em;text-align:${left ? "right" : "left"}`,
            "",
          );
          row.append(share, make("span", "padding:0 4px;border-radius:3px", token));
          const enter = () => {
            state.over = { side, index };
            refresh();
          };
          const leave = () => {
            state.over = undefined;
            refresh();
          };
          row.onmouseenter = row.onfocus = enter;
          row.onmouseleave = row.onblur = leave;
          row.onclick = () => {
            const same = state.pinned && state.pinned.side === side && state.pinned.index === index;
            state.pinned = same ? undefined : { side, index };
            refresh();
          };
          return row;
        }),
      );
      return box;
    };
    const queries = column("q", group.queries), keys = column("k", group.keys);
    const body = make(
      "div",
      "display:flex;overflow-x:auto;font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace",
    );
    body.append(queries, sheet, keys);
    panel.append(bar, body);

    function mark(box, weightAt, chosen) {
      [...box.children].forEach((row, i) => {
        const [share, token] = row.children;
        const weight = weightAt(i);
        share.textContent = weight === undefined ? "" : weight.toFixed(2);
        token.style.backgroundColor = chosen === i
          ? FAINT
          : weight === undefined
          ? "transparent"
          : `rgba(0,114,178,${Math.min(0.75, weight)})`;
      });
    }

    function refresh() {
      const only = state.over ?? state.pinned;
      swatches.forEach((button, head) => {
        const on = state.active.includes(head);
        button.style.backgroundColor = on ? colourOf(head) : "#fff";
        button.style.borderColor = colourOf(head);
        button.style.color = on ? "#fff" : INK;
        button.setAttribute("aria-pressed", String(on));
      });
      drawLines(pen, GAP, height, group, state.layer, state.active, only);
      const mean = (t, s) =>
        state.active.reduce((sum, head) => sum + group.at(state.layer, head, t, s), 0) /
        (state.active.length || 1);
      const none = () => undefined;
      const isQuery = only && only.side === "q", isKey = only && only.side === "k";
      mark(keys, isQuery ? (s) => mean(only.index, s) : none, isKey ? only.index : -1);
      mark(queries, isKey ? (t) => mean(t, only.index) : none, isQuery ? only.index : -1);
      onChange?.();
    }
    layers.onchange = () => {
      state.layer = Number(layers.value);
      refresh();
    };
    refresh();
    return panel;
  }

  /** Layers down, heads across; a click enlarges one. */
  function modelPanel(group, state) {
    const panel = make("div", "");
    const size = group.heads > 12 ? 40 : 60;
    const high = size * Math.min(1.5, Math.max(0.75, Math.max(group.T, group.S) / 14));
    const grid = make(
      "div",
      `display:grid;grid-template-columns:auto repeat(${group.heads},${size + 6}px);gap:3px;` +
        "align-items:center;justify-content:start;overflow-x:auto;font-size:11px",
    );
    const name = (text) => make("div", `color:${SOFT};text-align:center;padding:0 4px`, text);
    grid.append(name(""));
    for (let head = 0; head < group.heads; head++) grid.append(name(`head ${head}`));
    const detail = make("div", "margin-top:8px");
    const cells = [];
    group.layers.forEach((path, layer) => {
      grid.append(name(`layer ${layer}`));
      for (let head = 0; head < group.heads; head++) {
        const cell = make(
          "button",
          `padding:2px;background:#fff;border:1px solid ${FAINT};border-radius:4px;cursor:zoom-in`,
        );
        cell.type = "button";
        cell.title = `${path}, head ${head}: click to enlarge`;
        cell.dataset.cell = `${layer},${head}`;
        const { node, pen } = makeCanvas(size, high);
        drawLines(pen, size, high, group, layer, [head]);
        cell.append(node);
        cell.onclick = () => {
          const close = cell.getAttribute("aria-expanded") === "true";
          if (close) {
            detail.replaceChildren();
            show(-1, []);
          } else {
            const own = { layer, active: [head] };
            state.layer = layer;
            detail.replaceChildren(headPanel(group, own, () => show(own.layer, own.active)));
          }
        };
        cells.push({ cell, layer, head });
        grid.append(cell);
      }
    });
    function show(layer, active) {
      for (const each of cells) {
        const on = each.layer === layer && active.includes(each.head);
        each.cell.style.borderColor = on ? INK : FAINT;
        each.cell.style.boxShadow = on ? `0 0 0 1px ${INK}` : "none";
        each.cell.setAttribute("aria-expanded", String(on));
      }
    }
    show(-1, []);
    panel.append(grid, detail);
    return panel;
  }

  function build(place, view) {
    const groups = view.groups.map(read);
    const root = make(
      "div",
      `background:#fff;color:${INK};font:13px/1.4 system-ui,sans-serif;padding:10px;border-radius:6px;text-align:left`,
    );
    if (view.title) root.append(make("div", "font-weight:600;margin-bottom:4px", view.title));
    const body = make("div", "");
    const draw = (group) => {
      const layer = Math.min(view.layer, group.layers.length - 1);
      const every = Array.from({ length: group.heads }, (_, head) => head);
      const active = view.head === undefined ? every : [Math.min(view.head, group.heads - 1)];
      const state = { layer, active };
      body.replaceChildren(
        view.mode === "model" ? modelPanel(group, state) : headPanel(group, state),
      );
    };
    if (groups.length > 1) {
      const select = make("select", "font:inherit;margin-bottom:4px");
      select.setAttribute("aria-label", "kind of attention");
      groups.forEach((group, i) => {
        const option = make("option", "", group.name);
        option.value = String(i);
        select.append(option);
      });
      select.onchange = () => draw(groups[Number(select.value)]);
      root.append(select);
    }
    draw(groups[0]);
    root.append(body);
    place.replaceChildren(root);
  }

  for (const place of document.querySelectorAll("[data-tome-attention]")) {
    if (place.tomeReady) continue;
    place.tomeReady = true;
    const picture = [...place.childNodes];
    try {
      build(place, JSON.parse(place.getAttribute("data-tome-attention")));
    } catch {
      place.replaceChildren(...picture);
    }
  }
})();
