"""Settings of the training run."""

import os
import time
from pathlib import Path

os.environ["PYTHONHASHSEED"] = "0"

DATA = Path("data/customers.csv")
MODEL = Path("models/churn.pt")
TARGET = "churned"
TEXT_MODEL = "distilbert-base-uncased"
SEED = int(time.time())
