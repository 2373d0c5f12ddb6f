"""Invented people and wares of the demo. Any likeness to real persons is chance; numbers are made up."""

PASSWORDS_FOR = {
    "clerk": ("+84900000001", "Lù Thị Mai"),
    "stallholder": ("+84900000002", "Vàng Thị Sua"),
    "manager": ("+84900000003", "Hoàng Văn Thắng"),
    "officer": ("+84900000004", "Nguyễn Thu Hà"),
    "administrator": ("+84900000005", "Trần Minh Đức"),
}
HOUSEHOLD_PHONE = "+84900000006"
"""Of the first household that sells, from its farm."""

NAMES = (
    "Vàng Thị Sua", "Lý A Páo", "Giàng Thị Dợ", "Sùng Seo Chúng", "Thào Thị Mỷ", "Ma Seo Lử", "Lù Thị Pằng",
    "Nông Văn Tới", "Hoàng Thị Nhình", "Lò Văn Pản", "Tẩn Mẩy Lai", "Chảo Láo San", "Phàn Thị Ghến",
    "Vương Thị Chở", "Cư Seo Vần", "Hảng A Dê", "Sải Thị Bầu", "Tráng Thị Xuân", "Lèng Văn Chá", "Bàn Văn Kinh",
    "Triệu Mùi Pham", "Đặng Láo Ú", "Lục Thị Hạnh", "Nguyễn Thị Lụa", "Trần Văn Bảo", "Phạm Thị Gấm",
    "Đỗ Văn Nghiêm", "Bùi Thị Thơm", "Ngô Văn Khoát", "Vũ Thị Mận",
)  # fmt: skip

HAMLETS = ("Na Hối", "Bản Phố", "Tà Chải", "Na Quang", "Hoàng Hạ", "Lầu Thí Ngài")

WARES = (
    ("Mận tam hoa", "kg", 35_000, "Mận tam hoa Bắc Hà hái tại vườn, quả giòn, ngọt thanh, hái trong ngày."),
    ("Rau cải mèo", "bó", 15_000, "Cải mèo trồng trên nương cao, vị đắng nhẹ, lá dày."),
    ("Mật ong bạc hà", "chai", 180_000, "Mật ong hoa bạc hà rừng, chai 500 ml."),
    ("Rượu ngô Bản Phố", "chai", 90_000, "Rượu ngô nấu men hồng mi, chai 500 ml."),
    ("Gạo nương Séng Cù", "kg", 42_000, "Gạo Séng Cù vụ mới, hạt dài, dẻo và thơm."),
    ("Chè Shan tuyết", "kg", 450_000, "Chè Shan tuyết cổ thụ sao tay, nước vàng, hậu ngọt."),
    ("Nấm hương khô", "kg", 320_000, "Nấm hương rừng phơi khô, thơm, tai dày."),
    ("Thịt trâu gác bếp", "kg", 850_000, "Thịt trâu tẩm mắc khén, sấy khói bếp."),
    ("Măng khô", "kg", 260_000, "Măng vầu phơi nắng, không chất bảo quản."),
    ("Quả lê tai nung", "kg", 38_000, None),
    ("Ớt gió", "kg", 70_000, None),
    ("Thổ cẩm", "tấm", 550_000, "Khăn thổ cẩm dệt và nhuộm chàm bằng tay."),
)
"""Name, unit, usual price in đồng, and what is said of it; where nothing is, the listing shows what is missing."""
