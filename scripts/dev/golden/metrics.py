"""Writes tests/golden/metrics.json: what sacrebleu, rouge-score, seqeval, scikit-learn, jiwer and scipy measure.

    python scripts/dev/golden/metrics.py

Needs: pip install sacrebleu rouge-score seqeval scikit-learn jiwer scipy
"""

import json
import random
import warnings
from importlib.metadata import version
from pathlib import Path

import jiwer
import numpy as np
import sacrebleu
from nltk.stem.porter import PorterStemmer
from rouge_score.rouge_scorer import RougeScorer
from seqeval.metrics import f1_score as entity_f1
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as entity_scores
from seqeval.scheme import IOB2, IOBES
from sklearn import metrics as sk

warnings.simplefilter("ignore")
random.seed(7)
rng = np.random.default_rng(7)

ENGLISH = """the cat sat on the mat, didn't it? ; in 2,019 prices rose by 3.5% (or so) - he said: "no way!" &quot;well&quot; e.g. at U.S.A. 10-20
running quickly relational conditional hopefulness happiness dying flies agreed plastered motoring sized hopping falling
café naïve £100 50€ self-evident state-of-the-art and/or A/B x=y+z #tag @you 5-3 'quoted' [brackets] {curly} <angle> | pipe""".split()
CHINESE = list("今天天气很好我们去公园散步吧，学习深度模型！第3章：“你好”（世界）2024年，人口14.1亿。")

def sentence(words, low, high):
    return " ".join(random.choice(words) for _ in range(random.randint(low, high)))

def spoil(text, words):
    parts = text.split()
    for _ in range(random.randint(0, 4)):
        at = random.randrange(len(parts))
        what = random.random()
        if what < 0.4:
            parts[at] = random.choice(words)
        elif what < 0.7 and len(parts) > 2:
            del parts[at]
        else:
            parts.insert(at, random.choice(words))
    return " ".join(parts)

english = [sentence(ENGLISH, 3, 24) for _ in range(60)]
chinese = ["".join(random.choice(CHINESE) for _ in range(random.randint(5, 25))) + random.choice(["", " GPT-4 ok", "①"]) for _ in range(30)]
texts = {
    "en": {"predictions": [spoil(t, ENGLISH) for t in english], "references": english, "second": [spoil(t, ENGLISH) for t in english]},
    "zh": {"predictions": ["".join(spoil(" ".join(t.replace(" ", "")), CHINESE).split()) for t in chinese], "references": chinese, "second": chinese[::-1]},
}
texts["en"]["predictions"][3] = "zzz"
texts["en"]["predictions"][4] = ""

bleu = []
for name, tokenizers in [("en", ["13a", "intl", "char", "none"]), ("zh", ["zh", "char", "13a"])]:
    data = texts[name]
    for tokenizer in tokenizers:
        for smoothing in ["exp", "floor", "add-k", "none"]:
            for rows in [slice(None), slice(3, 4), slice(8, 9)]:
                for effective in [False, True]:
                    metric = sacrebleu.BLEU(tokenize=tokenizer, smooth_method=smoothing, effective_order=effective, lowercase=smoothing == "floor")
                    value = metric.corpus_score(data["predictions"][rows], [data["references"][rows], data["second"][rows]]).score
                    bleu.append({"text": name, "tokenizer": tokenizer, "smoothing": smoothing, "rows": [rows.start or 0, rows.stop or len(data["references"])],
                                 "effectiveOrder": effective, "lowercase": smoothing == "floor", "value": value})
tokens = [{"tokenizer": t, "text": line, "tokens": sacrebleu.BLEU(tokenize=t).tokenizer(line.rstrip()).split()}
          for t, lines in [("13a", english[:12]), ("intl", english[:12]), ("zh", chinese[:8])] for line in lines]

chrf = [{"text": name, "wordOrder": order, "lowercase": low,
         "value": sacrebleu.CHRF(word_order=order, lowercase=low).corpus_score(d["predictions"], [d["references"], d["second"]]).score}
        for name, d in texts.items() for order in [0, 2] for low in [False, True]]

kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
lines = lambda t: t.replace(" ; ", "\n").replace(", ", ",\n")
rouge = []
for stem in [False, True]:
    scorer = RougeScorer(kinds, use_stemmer=stem)
    for p, r in list(zip(texts["en"]["predictions"], texts["en"]["references"]))[:25]:
        found = scorer.score(lines(r), lines(p))
        rouge.append({"prediction": lines(p), "reference": lines(r), "stem": stem,
                      "values": {k: [found[k].precision, found[k].recall, found[k].fmeasure] for k in kinds}})
stemmer = PorterStemmer()
stems = {w: stemmer.stem(w) for w in """caresses ponies ties caress cats feed agreed plastered bled motoring sing conflated troubled sized hopping tanned falling hissing
fizzed failing filing happy sky relational conditional rational valenci hesitanci digitizer conformabli radicalli differentli vileli analogousli vietnamization predication operator
feudalism decisiveness hopefulness callousness formaliti sensitiviti sensibiliti triplicate formative formalize electriciti electrical hopeful goodness revival allowance inference
airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption homologou communism activate angulariti homologous effective bowdlerize probate rate cease
controll roll dies died spied flies skies dying lying news innings proceed geology theology archaeology fully carefully enjoy enjoyment spy fly try says yyyy oed it at eed using used
university universal generalization oscillators running beautifully""".split()}

tags = ["O", "O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
bioes = ["O", "O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "E-LOC", "S-LOC"]
entities = []
for scheme, names, strict in [("lenient", tags, None), ("lenient", bioes, None), ("IOB2", tags, IOB2), ("BIOES", bioes, IOBES)]:
    labels = [[random.choice(names) for _ in range(random.randint(2, 15))] for _ in range(25)]
    predictions = [[t if random.random() < 0.8 else random.choice(names) for t in row] for row in labels]
    how = {} if strict is None else {"mode": "strict", "scheme": strict}
    p, r, f, s = (entity_scores(labels, predictions, average=None) if strict is None else
                  __import__("seqeval.metrics.v1", fromlist=["x"]).precision_recall_fscore_support(labels, predictions, average=None, scheme=strict))
    entities.append({"scheme": scheme, "predictions": predictions, "labels": labels, "micro": entity_f1(labels, predictions, **how),
                     "macro": entity_f1(labels, predictions, average="macro", **how), "types": [list(map(float, x)) for x in zip(p, r, f, s)]})

labels = rng.integers(0, 4, 80)
predictions = np.where(rng.random(80) < 0.6, labels, rng.integers(0, 4, 80))
logits = rng.normal(size=(80, 4)) + 1.5 * np.eye(4)[labels]
probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
binary = (labels > 1).astype(int)
scores = np.round(probabilities[:, 2] + probabilities[:, 3], 2)  # rounded, so that some are equal
average = lambda name: [float(x) for x in sk.precision_recall_fscore_support(labels, predictions, average=name)[:3]]
classes = {
    "labels": labels.tolist(), "predictions": predictions.tolist(), "probabilities": probabilities.round(6).tolist(), "binary": binary.tolist(), "scores": scores.tolist(),
    "accuracy": sk.accuracy_score(labels, predictions), "balanced": sk.balanced_accuracy_score(labels, predictions),
    "matrix": sk.confusion_matrix(labels, predictions).tolist(),
    "micro": average("micro"), "macro": average("macro"), "weighted": average("weighted"),
    "binaryScores": [float(x) for x in sk.precision_recall_fscore_support(binary, (scores > 0.5).astype(int), average="binary")[:3]],
    "matthews": sk.matthews_corrcoef(labels, predictions), "kappa": sk.cohen_kappa_score(labels, predictions),
    "rocAuc": sk.roc_auc_score(binary, scores), "averagePrecision": sk.average_precision_score(binary, scores),
    "ovrMacro": sk.roc_auc_score(labels, probabilities.round(6) / probabilities.round(6).sum(1, keepdims=True), multi_class="ovr", average="macro"),
    "ovrWeighted": sk.roc_auc_score(labels, probabilities.round(6) / probabilities.round(6).sum(1, keepdims=True), multi_class="ovr", average="weighted"),
    "top2": sk.top_k_accuracy_score(labels, probabilities.round(6), k=2), "logLoss": sk.log_loss(labels, probabilities.round(6) / probabilities.round(6).sum(1, keepdims=True)),
    "brierBinary": sk.brier_score_loss(binary, scores),
}
x = rng.normal(100, 20, 50)
y = x + rng.normal(0, 7, 50)
numbers = {"predictions": y.tolist(), "targets": x.tolist(), "mse": sk.mean_squared_error(x, y), "mae": sk.mean_absolute_error(x, y), "r2": sk.r2_score(x, y)}

pairs = [(r, p) for r, p in zip(english, texts["en"]["predictions"]) if p]
found = jiwer.process_words([r for r, _ in pairs], [p for _, p in pairs])
errors = {"wer": found.wer, "edits": found.substitutions + found.deletions + found.insertions, "hits": found.hits,
          "cer": jiwer.cer([r for r, _ in pairs], [p for _, p in pairs])}

from scipy.stats import bootstrap as scipy_bootstrap
sample = rng.exponential(3, 60)
intervals = {"sample": sample.tolist()}
for method in ["percentile", "BCa"]:
    found = scipy_bootstrap((sample,), np.mean, n_resamples=20000, method=method, rng=np.random.default_rng(1)).confidence_interval
    intervals[method] = [float(found.low), float(found.high)]

packages = ["sacrebleu", "rouge-score", "nltk", "seqeval", "scikit-learn", "jiwer", "scipy"]
Path("tests/golden/metrics.json").write_text(json.dumps({
    "source": "scripts/dev/golden/metrics.py with " + ", ".join(f"{p} {version(p)}" for p in packages),
    "texts": texts, "bleu": bleu, "tokens": tokens, "chrf": chrf, "rouge": rouge, "stems": stems, "entities": entities, "classes": classes, "numbers": numbers, "errors": errors,
    "intervals": intervals,
}, ensure_ascii=False) + "\n")
