"""Folders and archives: files by class, a file a class, parts, and one file of rows."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from pyrnn.data.readers import parts_of, read_rows
from pyrnn.data.readers.archives import natural
from pyrnn.files.content import Content

from .samples import ARCHIVES, FILES, SAMPLES, TREES, archived, tarred, wav, zipped

FORMS = ("", *ARCHIVES)


def source(put, tree, form, **options):
    """A folder, or an archive of it whose files stand in another order."""
    files = TREES[tree] if isinstance(tree, str) else tree
    if not form:
        return Content.of(put("t", files), **options)
    return Content.of(put(f"t{form}", archived(files, form)), **options)


def values(rows):
    return [row.values for row in rows]


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_for_each_class(put, form):
    rows = list(read_rows(source(put, "classes", form)))
    if form and form != ".zip":
        assert rows[0].file == "pos/1.txt"  # a tar keeps its own order
        rows.sort(key=lambda row: row.file)
    assert values(rows) == [
        {"text": "bad", "label": "neg", "file": "neg/1.txt"},
        {"text": "fine", "label": "pos", "file": "pos/1.txt"},
        {"text": "so\nso", "label": "pos", "file": "pos/2.txt"},
    ]
    assert rows[0].place == "neg/1.txt: line 1"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("part", "texts"), [(None, "bad fine"), ("train", "bad fine"), ("test", "good worse")]
)
def test_parts_beside_each_other(put, form, part, texts):
    content = source(put, "parts", form, part=part)
    assert sorted(parts_of(content)) == ["test", "train"]
    rows = read_rows(content, ["text", "label"])
    found = sorted((row.values["text"], row.values["label"]) for row in rows)
    expected = {"good": "pos", "fine": "pos", "bad": "neg", "worse": "neg"}
    assert found == [(text, expected[text]) for text in texts.split()]


@pytest.mark.parametrize("name", ["valid", "val", "validation", "dev", "VAL"])
def test_names_of_the_validation_part(put, name):
    files = {f"{part}/{label}/1.txt": part.encode() for part in ("train", name) for label in "ab"}
    content = source(put, files, "", part="valid")
    assert {row.values["text"] for row in read_rows(content)} == {name}
    with pytest.raises(ValueError, match="t: expected a folder 'test' in it; got "):
        list(read_rows(Content.of(content.path, part="test")))


def test_a_tree_without_parts_is_read_whole(put):
    content = source(put, "classes", "", part="test")
    assert parts_of(content) == ()
    assert len(list(read_rows(content))) == 3
    lone = source(put, {"train/a/1.txt": b"x", "train/b/1.txt": b"y"}, ".zip", part="test")
    assert [row.values["label"] for row in read_rows(lone)] == ["a", "b"]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_for_each_class(put, form):
    rows = list(read_rows(source(put, "lines", form)))
    assert values(rows) == [
        {"text": "Smith", "label": "English", "file": "English.txt"},
        {"text": "Jones", "label": "English", "file": "English.txt"},
        {"text": "Müller", "label": "German", "file": "German.txt"},
    ]
    assert [row.place for row in rows][1] == "English.txt: line 3"


def test_one_folder_in_an_archive_holds_it_all_in_a_folder_it_is_a_class(put):
    inside = {f"names/{name}": content for name, content in TREES["lines"].items()}
    archive = put("t.zip", zipped(inside))
    assert [row.values["label"] for row in read_rows(archive)] == ["English", "English", "German"]
    with pytest.raises(ValueError, match=r"a folder of .txt.* got one class, names$"):
        list(read_rows(put("t", inside)))


def test_a_class_without_files_is_an_error_and_other_files_are_told(put):
    classes = {**TREES["classes"], "odd/1.text": b"?"}
    with pytest.raises(ValueError, match=r"files in each class; got none in odd$"):
        list(read_rows(put("a.zip", zipped(classes))))
    beside = put("b.zip", zipped({**TREES["classes"], "pos/picture.png": b"?"}))
    with pytest.warns(UserWarning, match=r"passed over 1 files .* such as pos/picture\.png"):
        assert len(list(read_rows(beside))) == 3


def test_each_file_of_a_folder_is_a_text(put):
    """Of inputs without labels, as those to be predicted from."""
    texts = [row.values["text"] for row in read_rows(put("t", TREES["lines"]), each_file=True)]
    assert texts == ["Smith\n\nJones\n", "Müller\n"]
    alone = put("o", {"x/a.txt": b"so\nso"})
    assert [row.values["text"] for row in read_rows(alone, each_file=True)] == ["so\nso"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["{}.fasta", "{}/1.fa"])
def test_fasta_by_class(put, form, name):
    """Records are rows, whether a class is a file or a folder."""
    files = {
        name.format("coding"): b">a x\nAC\nGT\n>b\nTT\n",
        name.format("other"): b">c\nGGG\n",
    }
    rows = values(read_rows(source(put, files, form), ["text", "label", "name"]))
    assert sorted((row["label"], row["name"], row["text"]) for row in rows) == [
        ("coding", "a", "ACGT"),
        ("coding", "b", "TT"),
        ("other", "c", "GGG"),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_sounds_by_class(put, form):
    rows = list(read_rows(source(put, "sounds", form)))
    assert [row.values["label"] for row in rows] == ["a", "b"]
    assert [row.values["frames"].shape for row in rows] == [(3, 40), (1, 40)]
    assert list(rows[0].values) == ["frames", "label", "file"]


def test_sounds_beside_each_other(put):
    rows = list(read_rows(put("t", {"a.wav": wav(SAMPLES), "b.wav": wav(SAMPLES)}), ["label"]))
    assert values(rows) == [{"label": "a"}, {"label": "b"}]


@pytest.mark.parametrize("form", FORMS)
def test_one_file_of_rows(put, form):
    rows = list(read_rows(source(put, "single", form)))
    assert values(rows) == [{"text": "good, ä", "label": "1"}, {"text": "two\nlines", "label": "0"}]
    assert rows[1].place == "data/t.csv: line 3"
    with pytest.raises(ValueError, match=r"data/t\.csv: line 1: expected a column 'x'"):
        list(read_rows(source(put, {"data/t.csv": FILES["t.csv"]}, ".zip"), ["x"]))


def test_an_archive_of_one_text_has_its_lines(put):
    rows = list(read_rows(put("t.zip", zipped({"t.txt": b"a\n\nb", "README.txt": b"x"}))))
    assert values(rows) == [{"text": "a"}, {"text": ""}, {"text": "b"}]


def test_what_is_packed_in_what_is_packed(put):
    inner = archived({"t.csv": b"a\n1\n"}, ".zip")
    path = put("t.zip", zipped({"t.npz": FILES["t.npz"]}))
    assert len(list(read_rows(path))) == 2
    with pytest.raises(ValueError, match="expected a folder of"):
        list(read_rows(put("u.zip", zipped({"t.zip": inner}))))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"x.bin": b""}, "got nothing of the kind"),
        ({"a/b.md": b""}, "got nothing of the kind"),
        ({"a.csv": b"", "b.csv": b""}, r"got a\.csv, b\.csv: name the one that is meant"),
        ({"a.csv": b"", "b.txt": b""}, r"got a\.csv, b\.txt: name the one"),
        ({"train.txt": b"x", "test.txt": b"y"}, r"name the one that is meant"),
        ({"p.train.txt": b"x", "p.valid.txt": b"y", "z.txt": b""}, r"name the one that is meant"),
        ({"a/x/1.txt": b"x", "b/1.txt": b"y", "c/1.txt": b"z"}, "files deeper in folders"),
        ({"a/1.txt": b"x", "b/1.wav": wav(SAMPLES)}, "expected text or sound; got a mix: "),
        ({"1.txt": b"x", "1.wav": wav(SAMPLES)}, "expected text or sound; got a mix: "),
        ({"a/x/1.txt": b"x", "b/2.txt": b""}, "got "),
    ],
)
def test_other_trees(put, form, files, words):
    content = source(put, files, form)
    with pytest.raises(ValueError, match=words) as raised:
        list(read_rows(content))
    assert str(raised.value).startswith(content.name)


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_tree(put, form):
    with pytest.raises(ValueError, match=r"t.*: expected a folder of .*; got nothing of the kind"):
        list(read_rows(source(put, {}, form)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"a/1.txt": b"x", "b/1.txt": b"ok\n\xff"}, "b/1.txt: line 2, column 1: byte 3"),
        ({"a.txt": b"x", "b.txt": b"ok\n\xff"}, "b.txt: line 2, column 1: byte 3"),
        ({"a/1.wav": wav(SAMPLES), "b/1.wav": b"RIFF"}, "b/1.wav: expected a WAV file"),
        ({"a.csv": b"a,b\n1\n"}, "a.csv: line 2: expected 2 fields"),
    ],
)
def test_errors_name_the_file_within(put, form, tree, words):
    content = source(put, tree, form)
    with pytest.raises(ValueError, match=words) as raised:
        list(read_rows(content))
    assert str(raised.value).startswith(content.name)


def test_columns_of_a_tree(put):
    path = put("t", TREES["lines"])
    assert values(read_rows(path, ["label"]))[0] == {"label": "English"}
    with pytest.raises(ValueError, match=r"English.txt: expected a column 'Text' \(is it 'text'\?"):
        list(read_rows(path, ["Text"]))


def test_encodings_in_trees(put):
    files = {"a.txt": "ä".encode("utf-16"), "b.txt": "ö\r\n".encode()}
    assert [row.values["text"] for row in read_rows(put("t.zip", zipped(files)))] == ["ä", "ö"]
    latin = put("l.zip", zipped({"a/1.txt": b"\xe4", "b/1.txt": b"x"}))
    for rows in (read_rows(latin, encoding="latin-1"), read_rows(Content.of(latin, "latin-1"))):
        assert [row.values["text"] for row in rows] == ["ä", "x"]


def test_numbers_in_names_go_by_their_values(put):
    names = ["a/1.txt", "a/2.txt", "a/10.txt", "a/010.txt", "a/x.txt", "b10/1.txt", "b9/1.txt"]
    shuffled = sorted(names, key=lambda name: name[::-1])
    expected = ["a/1.txt", "a/2.txt", "a/010.txt", "a/10.txt", "a/x.txt", "b9/1.txt", "b10/1.txt"]
    assert sorted(shuffled, key=natural) == expected
    for form in ("", ".zip"):
        rows = read_rows(source(put, dict.fromkeys(shuffled, b"x"), form))
        assert [row.file for row in rows] == expected


def test_hidden_files_and_names_that_lead_elsewhere(put):
    files = {
        "a/1.txt": b"x", "b/1.txt": b"y", "../c/1.txt": b"z", "a/.2.txt": b"", ".git/a/1.txt": b"",
        "__MACOSX/a/._1.txt": b"\xff", "/etc/d/1.txt": b"",
    }  # fmt: skip
    with pytest.raises(ValueError, match="deeper"):
        list(read_rows(put("t.zip", zipped(files))))
    del files["/etc/d/1.txt"]
    for form in (".zip", ".tar"):
        rows = list(read_rows(source(put, files, form)))
        assert [row.file for row in rows] == ["a/1.txt", "b/1.txt"]


def test_links_in_archives_are_passed_over(put):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (
            ("a/1.txt", tarfile.REGTYPE),
            ("b/1.txt", tarfile.REGTYPE),
            ("b/2.txt", tarfile.SYMTYPE),
            ("b/3.txt", tarfile.LNKTYPE),
            ("b/4.txt", tarfile.FIFOTYPE),
            ("c", tarfile.DIRTYPE),
        ):
            info = tarfile.TarInfo(f"./{name}")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO())
    assert [row.file for row in read_rows(put("t.tar", stream.getvalue()))] == [
        "a/1.txt",
        "b/1.txt",
    ]
    link = zipfile.ZipInfo("b/2.txt")
    link.external_attr = 0o120777 << 16
    path = put("t.zip", zipped({"a/1.txt": b"", "b/1.txt": b"", link: b"/etc/passwd"}))
    assert [row.file for row in read_rows(path)] == ["a/1.txt", "b/1.txt"]


def test_long_names_in_a_tar(put):
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
            for label in ("ä" * 120, "b" * 200):
                info = tarfile.TarInfo(f"{label}/1.txt")
                archive.addfile(info, io.BytesIO())
        rows = read_rows(put(f"t{form}.tar", stream.getvalue()))
        assert [row.values["label"] for row in rows] == ["ä" * 120, "b" * 200]


def test_a_name_that_stands_twice(put):
    twice = tarred({"a/1.txt": b"x"})[:1024] + tarred({"a/1.txt": b"x", "b/1.txt": b"y"})
    with pytest.raises(ValueError, match=r"t\.tar: the file a/1\.txt stands twice in it"):
        list(read_rows(put("t.tar", twice)))


def test_a_zip_with_a_password(put):
    content = bytearray(zipped({"a.csv": b"a\n1\n"}))
    for head in (b"PK\x03\x04", b"PK\x01\x02"):
        place = content.index(head) + (6 if head[2] == 3 else 8)
        content[place] |= 1
    with pytest.raises(ValueError, match=r"t\.zip: expected an archive without a password"):
        list(read_rows(put("t.zip", bytes(content))))


def test_a_zip_packed_in_a_strange_way(put):
    content = bytearray(zipped({"a.csv": b"a\n1\n"}))
    for head in (b"PK\x03\x04", b"PK\x01\x02"):
        place = content.index(head) + (8 if head[2] == 3 else 10)
        content[place] = 9
    with pytest.raises(
        ValueError, match=r"t\.zip: a\.csv: That compression method is not supported"
    ):
        list(read_rows(put("t.zip", bytes(content))))


@pytest.mark.data
def test_the_whole_of_aclimdb(data_file):
    content = Content.of(data_file("imdb/aclImdb.tar.gz"), part="test")
    labels, last = [], None
    for row in read_rows(content):
        labels.append(row.values["label"])
        last = row
    assert (len(labels), labels.count("pos"), labels.count("neg")) == (25_000, 12_500, 12_500)
    assert last.file.startswith("aclImdb/test/pos/")


@pytest.mark.data
def test_the_names(data_file):
    rows = list(read_rows(data_file("names")))
    assert len(rows) == 20_050
    assert len({row.values["label"] for row in rows}) == 18


def test_parts_of_other_files(put):
    assert parts_of(Content.of(put("t.csv", FILES["t.csv"]))) == ()
    assert parts_of(Content("standard input", b"x")) == ()


@pytest.mark.parametrize(
    "name", ["a\x1b[31m/1.txt", "a\nb/1.txt", "\udcff/1.txt", "a" * 5000 + "/1.txt"]
)
def test_names_do_not_steer_the_terminal(put, name):
    files = {name: b"\xff", "b/1.txt": b""}
    for form in (".tar", *([".zip"] if name.isprintable() else [])):
        with pytest.raises(ValueError, match="1, column 1: byte 0") as raised:
            list(read_rows(source(put, files, form)))
        assert str(raised.value).isprintable()
        assert len(str(raised.value)) < 1000
    good = source(put, {**files, name: b"x"}, ".tar.gz")
    assert all(row.place.isprintable() for row in read_rows(good))
    assert name.split("/")[0] in {row.values["label"] for row in read_rows(good)}
