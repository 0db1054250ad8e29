"""Settings of the training run."""

import os
from pathlib import Path

os.environ["PYTHONHASHSEED"] = "0"

DATA = Path("data/customers.csv")
MODEL = Path("models/churn.pt")
TARGET = "churned"
SEED = 13
