import stat
import threading

import pytest

from core.files import write_whole


def test_a_file_is_replaced_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "folder" / "file"
    assert write_whole(path, b"one") and write_whole(path, [b"t", b"wo"])
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_of_many_that_start_at_once_one_wins_and_all_read_the_same(tmp_path):
    path, start, read = tmp_path / "secret", threading.Barrier(8), []

    def begin(number):
        start.wait()
        write_whole(path, b"%d" % number * 1000, replace=False)
        read.append(path.read_bytes())

    threads = [threading.Thread(target=begin, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 8
    assert len(set(read)) == 1
    assert len(read[0]) == 1000


def test_what_breaks_in_the_middle_leaves_the_file_before(tmp_path):
    def pieces():
        yield b"half"
        raise OSError("no space left")

    path = tmp_path / "file"
    write_whole(path, b"whole")
    with pytest.raises(OSError, match="no space"):
        write_whole(path, pieces())
    assert path.read_bytes() == b"whole"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]
