"""Writes tests/golden/vision_metrics.json: what pycocotools, torchmetrics, torchvision, SciPy, motmetrics, scikit-learn
and pytorch-metric-learning measure and choose.

    python scripts/dev/golden/vision_metrics.py

Needs: pip install pycocotools torchmetrics torchvision scipy motmetrics scikit-learn pytorch-metric-learning
"""

import contextlib
import io
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

if not hasattr(np, "asfarray"):  # NumPy 2 has dropped what motmetrics still calls
    np.asfarray = lambda a: np.asarray(a, dtype=float)
import motmetrics as mm
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pytorch_metric_learning.losses import SupConLoss, TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner
from pytorch_metric_learning.reducers import MeanReducer
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import roc_auc_score, roc_curve
from torchmetrics.classification import MulticlassJaccardIndex
from torchmetrics.segmentation import DiceScore
from torchvision.ops import batched_nms, box_iou, nms

rng = np.random.default_rng(11)


def random_box(size=160):
    side = np.minimum(rng.choice([12, 40, 110], 2) * rng.uniform(0.6, 1.3, 2), size - 2)
    left, top = rng.uniform(0, size - side[0]), rng.uniform(0, size - side[1])
    return [round(float(v), 1) for v in (left, top, left + side[0], top + side[1])]


def detection():
    truth, found = [], []
    for _ in range(40):
        things = [{"box": random_box(), "label": int(rng.integers(0, 4)), "crowd": bool(rng.random() < 0.06)}
                  for _ in range(rng.integers(0, 6))]
        boxes = []
        for thing in things:
            for _ in range(rng.integers(0, 3)):
                shift = rng.normal(0, 4, 4)
                box = [round(float(v + d), 1) for v, d in zip(thing["box"], shift)]
                if box[2] > box[0] + 2 and box[3] > box[1] + 2:
                    label = thing["label"] if rng.random() < 0.85 else int(rng.integers(0, 4))
                    boxes.append({"box": box, "label": label, "score": round(float(rng.random()), 2)})
        for _ in range(rng.integers(0, 4)):
            boxes.append({"box": random_box(), "label": int(rng.integers(0, 5)), "score": round(float(rng.random()), 2)})
        truth.append(things)
        found.append(boxes)
    wide = lambda b: [b[0], b[1], b[2] - b[0], b[3] - b[1]]
    area = lambda b: (b[2] - b[0]) * (b[3] - b[1])
    annotations = [{"image_id": i, "category_id": t["label"], "bbox": wide(t["box"]), "area": area(t["box"]), "iscrowd": int(t["crowd"])}
                   for i, things in enumerate(truth) for t in things]
    for i, a in enumerate(annotations):
        a["id"] = i + 1
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(40)], "categories": [{"id": k} for k in range(5)], "annotations": annotations}
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        results = coco.loadRes([{"image_id": i, "category_id": f["label"], "bbox": wide(f["box"]), "score": f["score"]}
                                for i, boxes in enumerate(found) for f in boxes])
        run = COCOeval(coco, results, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    precision = run.eval["precision"]  # [T, R, K, A, M]
    return {"truth": truth, "found": found, "stats": run.stats.tolist(),
            "classes": [float(precision[:, :, k, 0, 2].mean()) for k in range(4)]}


def segmentation():
    labels = rng.integers(0, 5, (6, 8, 8))
    labels[labels == 4] = 3  # nobody is of class 4 …
    predictions = np.where(rng.random(labels.shape) < 0.7, labels, rng.integers(0, 4, labels.shape))
    holes = labels.copy()
    holes[rng.random(labels.shape) < 0.2] = 5  # … and class 5 does not count
    p, t, h = torch.tensor(predictions), torch.tensor(labels), torch.tensor(holes)
    dice = lambda **how: DiceScore(num_classes=4, input_format="index", aggregation_level="global", average="macro", **how)(p, t).item()
    return {
        "predictions": predictions.reshape(6, -1).tolist(), "labels": labels.reshape(6, -1).tolist(), "holes": holes.reshape(6, -1).tolist(),
        "iou": MulticlassJaccardIndex(5)(p, t).item(),
        "iouPerClass": MulticlassJaccardIndex(4, average="none")(p, t).tolist(),
        "iouWithHoles": MulticlassJaccardIndex(5, ignore_index=5)(p, h).item(),
        "dice": dice(), "diceOfThings": dice(include_background=False),
    }


def suppression():
    boxes = torch.tensor([random_box(90) for _ in range(60)])
    scores = torch.tensor(rng.permutation(60) / 60, dtype=torch.float32)
    labels = torch.tensor(rng.integers(0, 3, 60))
    return {"boxes": [[round(v, 1) for v in box] for box in boxes.tolist()], "scores": scores.tolist(), "labels": labels.tolist(),
            "iou": box_iou(boxes[:6], boxes[6:12]).tolist(),
            "kept": {str(t): nms(boxes, scores, t).tolist() for t in (0.3, 0.5, 0.7)},
            "keptByClass": {str(t): batched_nms(boxes, scores, labels, t).tolist() for t in (0.3, 0.5)}}


def assignments():
    found = []
    for shape in [(1, 1), (4, 4), (3, 7), (8, 5), (20, 20)]:
        costs = np.round(rng.normal(0, 3, shape), 2)
        rows, columns = linear_sum_assignment(costs)
        found.append({"costs": costs.tolist(), "total": float(costs[rows, columns].sum())})
    return found


def tracking():
    truth, found = [], []
    ids = [0, 1, 2, 3]
    places = rng.uniform(0, 100, (4, 2))
    speeds = rng.normal(0, 4, (4, 2))
    seen = np.array(ids) + 10
    acc = mm.MOTAccumulator(auto_id=True)
    for frame in range(50):
        places += speeds
        here = [i for i in ids if frame < 40 or i != 3]
        boxes = {i: [*places[i], *(places[i] + 20)] for i in here}
        if frame % 12 == 11:  # two tracks are taken for each other
            seen[[0, 1]] = seen[[1, 0]]
        if frame == 25:
            seen[2] = 30
        given = [{"box": [round(float(v), 2) for v in boxes[i]], "track": i} for i in here]
        lost = [{"box": [round(float(v + d), 2) for v, d in zip(boxes[i], rng.normal(0, 1.5, 4))], "track": int(seen[i])}
                for i in here if rng.random() < 0.85]
        if rng.random() < 0.3:
            lost.append({"box": random_box(100), "track": 50})
        truth.append(given)
        found.append(lost)
        wide = lambda many: np.array([[b["box"][0], b["box"][1], b["box"][2] - b["box"][0], b["box"][3] - b["box"][1]] for b in many]).reshape(-1, 4)
        acc.update([b["track"] for b in given], [b["track"] for b in lost], mm.distances.iou_matrix(wide(given), wide(lost), max_iou=0.5))
    row = mm.metrics.create().compute(acc, metrics=["mota", "motp", "idf1", "num_switches", "num_misses", "num_false_positives", "num_objects"], name="x").iloc[0]
    return {"truth": truth, "found": found, "mota": float(row.mota), "motp": 1 - float(row.motp), "idf1": float(row.idf1), "switches": int(row.num_switches),
            "misses": int(row.num_misses), "falsePositives": int(row.num_false_positives), "total": int(row.num_objects)}


def metric_learning():
    vectors = torch.tensor(rng.normal(size=(9, 4)), dtype=torch.float64)
    vectors = (vectors / vectors.norm(dim=1, keepdim=True)).requires_grad_()
    labels = torch.tensor([0, 0, 1, 1, 1, 2, 2, 0, 3])  # one has no partner
    found = {"vectors": vectors.tolist(), "labels": labels.tolist()}
    for name, loss in [
        ("supervisedContrastive", lambda: SupConLoss(temperature=0.2)(vectors, labels)),
        ("triplet", lambda: TripletMarginLoss(margin=0.5, reducer=MeanReducer())(vectors, labels, BatchHardMiner()(vectors, labels))),
    ]:
        vectors.grad = None
        value = loss()
        value.backward()
        found[name] = {"loss": value.item(), "gradient": vectors.grad.tolist()}
    return found


def verification():
    same = rng.integers(0, 2, 120)
    scores = np.round(same * 0.5 + rng.normal(0, 0.4, 120), 2)
    away, hits, thresholds = roc_curve(same, scores, drop_intermediate=False)
    gap = away - (1 - hits)
    i = int(np.argmax(gap >= 0))
    share = -gap[i - 1] / (gap[i] - gap[i - 1])
    return {"scores": scores.tolist(), "same": same.tolist(), "auc": roc_auc_score(same, scores),
            "equalErrorRate": float(away[i - 1] + share * (away[i] - away[i - 1]))}


packages = ["pycocotools", "torchmetrics", "torchvision", "scipy", "motmetrics", "scikit-learn", "pytorch-metric-learning"]
Path("tests/golden/vision_metrics.json").write_text(json.dumps({
    "source": "scripts/dev/golden/vision_metrics.py with " + ", ".join(f"{p} {version(p)}" for p in packages),
    "detection": detection(), "segmentation": segmentation(), "suppression": suppression(), "assignments": assignments(), "tracking": tracking(),
    "metricLearning": metric_learning(), "verification": verification(),
}) + "\n")
