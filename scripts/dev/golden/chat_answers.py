"""Where the assistant speaks in chats: the characters between the generation marks of templates, by the `transformers` package.

    python scripts/dev/golden/chat_answers.py > tests/golden/chat_answers.json
"""

import json
import sys

import transformers
from transformers.utils.chat_template_utils import render_jinja_template

TEMPLATES = {
    "chatml": """{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {{- '<|im_start|>assistant\n' }}
        {%- generation %}
        {{- message.content + '<|im_end|>' }}
        {%- endgeneration %}
        {{- '\n' }}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""",
    "llama-3": "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' }}"
    "{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] | trim }}<|eot_id|>{% endgeneration %}"
    "{% else %}{{ m['content'] | trim + '<|eot_id|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    "lines": """{% for m in messages %}
{% if m.role == 'assistant' %}
A: {% generation %}
{{ m.content }}
  {% endgeneration %}
{% else %}
Q: {{ m.content }}
{% endif %}
{% endfor %}""",
    "thoughts": """{%- for m in messages %}
    {{- '<' + m.role + '>' }}
    {%- if m.role == 'assistant' %}
        {%- generation %}
        {%- if loop.last %}{{- '<think></think>' }}{%- endif %}
        {{- m.content + '</s>' }}
        {%- endgeneration %}
    {%- else %}{{- m.content }}{%- endif %}
{%- endfor %}""",
}
CHATS = {
    "one": [{"role": "user", "content": "Where is the whale?"}, {"role": "assistant", "content": "  In the sea. 🐋 "}],
    "three": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "你好!"},
        {"role": "assistant", "content": "Hello.\nHow are you?"},
        {"role": "user", "content": "Fine"},
        {"role": "assistant", "content": "Good"},
    ],
}
cases = []
for name, template in TEMPLATES.items():
    for chat, messages in CHATS.items():
        texts, spans = render_jinja_template([messages], chat_template=template, return_assistant_tokens_mask=True, bos_token="<s>")
        cases.append({"template": name, "chat": chat, "text": texts[0], "answers": [texts[0][a:b] for a, b in spans[0]]})

json.dump({
    "source": f"python scripts/dev/golden/chat_answers.py, transformers {transformers.__version__}",
    "templates": TEMPLATES,
    "chats": CHATS,
    "cases": cases,
}, sys.stdout, ensure_ascii=False, indent=1)
