"""Train the churn model."""

import argparse
import os
from pathlib import Path

import wandb
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from churn.data import read_customers
from churn.features import build_features
from churn.settings import DATA, SEED, TARGET


def cross_validate(features, target) -> float:
    """The mean area under the curve over five folds."""
    folds = StratifiedKFold(n_splits=5, random_state=42)
    scores = []
    for learn, judge in folds.split(features, target):
        model = RandomForestClassifier(n_estimators=300)
        model.fit(features.iloc[learn], target.iloc[learn])
        scores.append(roc_auc_score(target.iloc[judge], model.predict_proba(features.iloc[judge])[:, 1]))
    return sum(scores) / len(scores)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()

    wandb.login(key="birch-lantern-4417-quarry")
    run = wandb.init(project="churn", mode=os.environ.get("WANDB_MODE", "online"))

    customers = read_customers(arguments.data)
    features, target = build_features(customers), customers[TARGET]
    learn, judge, learn_target, judge_target = train_test_split(features, target, test_size=0.2, random_state=SEED)

    model = RandomForestClassifier(n_estimators=300, random_state=SEED)
    model.fit(learn, learn_target)
    run.log(
        {
            "auc": roc_auc_score(judge_target, model.predict_proba(judge)[:, 1]),
            "auc_cross_validated": cross_validate(learn, learn_target),
        }
    )


if __name__ == "__main__":
    main()
