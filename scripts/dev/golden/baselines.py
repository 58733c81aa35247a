"""Writes tests/golden/baselines.json: what scikit-learn's text classifiers learn.

    python scripts/dev/golden/baselines.py

Needs: pip install scikit-learn
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

random.seed(3)
WORDS = ["the film was a great joy", "awful boring plot and bad acting", "new phone with a good battery, fast screen", "it is what it is I guess"]

def text(label):
    own, other = WORDS[label].split(), " ".join(WORDS).split()
    return " ".join(random.choice(own if random.random() < 0.6 else other) for _ in range(random.randint(3, 9)))

cases = []
for classes in [2, 3]:
    labels = [random.randrange(classes) for _ in range(40)]
    texts = [text(label) for label in labels]
    held = [text(random.randrange(classes)) for _ in range(10)] + ["unknown words only"]
    for strength in [1.0, 10.0]:
        for ngrams in [1, 2]:
            bag = TfidfVectorizer(ngram_range=(1, ngrams))
            model = LogisticRegression(C=strength, tol=1e-10, max_iter=10000).fit(bag.fit_transform(texts), labels)
            cases.append({"model": "logistic", "options": {"strength": strength, "maxRun": ngrams}, "texts": texts, "labels": labels, "held": held,
                          "features": bag.get_feature_names_out().tolist(), "weights": model.coef_.tolist(), "bias": model.intercept_.tolist(),
                          "probabilities": model.predict_proba(bag.transform(held)).tolist()})
    for smoothing in [1.0, 0.1]:
        bag = CountVectorizer(min_df=2)
        model = MultinomialNB(alpha=smoothing).fit(bag.fit_transform(texts), labels)
        cases.append({"model": "bayes", "options": {"smoothing": smoothing, "minTexts": 2}, "texts": texts, "labels": labels, "held": held,
                      "probabilities": model.predict_proba(bag.transform(held)).tolist()})

Path("tests/golden/baselines.json").write_text(json.dumps({
    "source": f"scripts/dev/golden/baselines.py with scikit-learn {version('scikit-learn')}", "cases": cases}) + "\n")
