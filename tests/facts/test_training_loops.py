from __future__ import annotations

import ast

import pytest

from mlops_lint.facts.training_loops import Loop, is_step, is_training, is_training_loop


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("for epoch in range(3)", "train(model, data)", True),
        ("for i, batch in enumerate(train_loader)", "loss.backward()", True),
        ("for i in tqdm(range(100))", "opt.step()", True),
        ("for i in range(100)", "model.fit(x, y)", False),
        ("for i in range(100)", "model.fit(x, y, epochs=1)", True),
        ("for i in range(100)", "models[i].partial_fit(x, y)", False),
        ("for i in range(100)", "x[i] = 0\n  model.partial_fit(x, y)", True),
        ("for seed in seeds", "loss.backward()", False),
        ("for lr in [0.1, 0.2]", "loss.backward()", False),
        ("for name in names", "loss.backward()", False),
        ("for fold in range(5)", "train(model)", False),
        ("for step in range(5)", "model = Net()\n  loss.backward()", False),
        ("for step in range(5)", "optimizer = SGD()\n  loss.backward()", False),
        ("for step in range(5)", "model = update(model)\n  loss.backward()", True),
        ("for epoch in range(3)", "def later():\n    loss.backward()", False),
        ("for epoch in range(3)", "evaluate(model)", False),
        ("while step < 10", "train_step(model)", True),
        ("while waiting", "train(model)", False),
        ("while waiting", "opt.step()", True),
    ],
)
def test_which_loops_train(head: str, body: str, expected: bool) -> None:
    loop = ast.parse(f"{head}:\n  {body}\n").body[0]
    assert isinstance(loop, Loop)
    assert is_training_loop(loop) is expected


@pytest.mark.parametrize(
    ("call", "trains", "steps"),
    [
        ("train_test_split(x)", False, False),
        ("trainOneBatch(model)", True, False),
        ("net.update_mini_batch(rows)", True, False),
        ("model.train()", False, False),
        ("scheduler.step()", False, False),
        ("scaler.step(optimizer)", True, True),
        ("tape.apply_gradients(pairs)", True, True),
    ],
)
def test_what_trains(call: str, trains: bool, steps: bool) -> None:
    node = ast.parse(call, mode="eval").body
    assert (is_training(node), is_step(node)) == (trains, steps)
