"""Score the customers of a file."""

import argparse
from pathlib import Path

import torch

from churn.data import read_customers
from churn.features import build_features
from churn.model import load_model
from churn.settings import MODEL


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", type=Path)
    arguments = parser.parse_args()

    model = load_model(MODEL)
    model.eval()
    customers = read_customers(arguments.customers)
    with torch.no_grad():
        rows = torch.tensor(build_features(customers).to_numpy(), dtype=torch.float32)
        customers["risk"] = torch.sigmoid(model(rows)).numpy()
    customers[["customer_id", "risk"]].to_csv("risk.csv", index=False)


if __name__ == "__main__":
    main()
