"""Golden values of scikit-learn's classifiers of tables: on the tumours of the breast, and on drawn rows.

    python scripts/dev/golden/tables.py > tests/golden/tables.json
"""

import json

import numpy
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler


def flat(values):
    return [float(f"{v:.9g}") for v in numpy.asarray(values, float).ravel()]


data = load_breast_cancer()
X, y = data.data, 1 - data.target  # 1 is malignant
held = numpy.arange(len(y)) % 3 == 0
scaler = StandardScaler().fit(X[~held])
train, test = scaler.transform(X[~held]), scaler.transform(X[held])
tumours = []
for strength in [0.1, 1.0]:
    model = LogisticRegression(C=strength, tol=1e-10, max_iter=100000).fit(train, y[~held])
    p = model.predict_proba(test)[:, 1]
    tumours.append({"strength": strength, "weights": flat(model.coef_), "bias": float(model.intercept_[0]),
                    "auc": roc_auc_score(y[held], p), "first": flat(p[:10])})
bayes = GaussianNB().fit(train, y[~held]).predict_proba(test)[:, 1]

random = numpy.random.default_rng(5)
rows = random.normal(size=(40, 4)).round(4)
labels = (rows[:, 0] + 0.7 * random.normal(size=40) > 0.4).astype(int) + (rows[:, 1] > 0.9)
targets = numpy.stack([rows @ [1, -2, 0.5, 0] + 3 + random.normal(size=40), rows @ [0, 0, 1, 1]], 1).round(4)
asked = random.normal(size=(5, 4)).round(4)
ridge = [{"strength": a, "weights": (m := Ridge(alpha=a).fit(rows, targets)).coef_.tolist(), "bias": m.intercept_.tolist(),
          "predictions": m.predict(asked).tolist()} for a in [0.5, 10.0]]
logistic = LogisticRegression(C=2.0, tol=1e-10, max_iter=100000).fit(rows, labels)
print(json.dumps({
    "source": f"scripts/dev/golden/tables.py with scikit-learn {sklearn.__version__}",
    "tumours": {"mean": flat(scaler.mean_), "std": flat(scaler.scale_), "models": tumours, "bayesAuc": roc_auc_score(y[held], bayes)},
    "rows": rows.tolist(), "labels": labels.tolist(), "targets": targets.tolist(), "asked": asked.tolist(), "ridge": ridge,
    "logistic": {"weights": logistic.coef_.tolist(), "bias": logistic.intercept_.tolist(), "probabilities": logistic.predict_proba(asked).tolist()},
    "bayes": GaussianNB().fit(rows, labels).predict_proba(asked).tolist(),
}))
